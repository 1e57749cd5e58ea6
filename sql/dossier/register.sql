UPDATE dossier SET register_year = ?3, register_no = ?4 WHERE home_unit = ?1 AND id = ?2
