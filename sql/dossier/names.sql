UPDATE dossier SET owner_name = ?3, submitter_name = ?4, words = ?5 WHERE home_unit = ?1 AND id = ?2
