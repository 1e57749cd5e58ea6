INSERT INTO dossier_code (code, home_unit, id, kind) VALUES (?1, ?2, ?3, ?4)
