SELECT DISTINCT dossier_home FROM party_dossier WHERE home_unit = ?1 AND id = ?2 ORDER BY dossier_home LIMIT ?3
