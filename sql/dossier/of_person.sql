SELECT DISTINCT home_unit, id FROM dossier_party WHERE number_hash = ?1 ORDER BY home_unit, id LIMIT ?2
