INSERT INTO dossier_party (home_unit, id, place, role, kind, name, number_hash, phone_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
