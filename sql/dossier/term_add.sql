INSERT INTO dossier_term (audience, term, home_unit, id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING
