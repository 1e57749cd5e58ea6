INSERT INTO dossier_term (audience, term, home_unit, id)
SELECT CAST(?1 AS $text), term, home_unit, id FROM dossier_term WHERE audience = ?2 AND home_unit = ?3 AND id = ?4
