INSERT INTO party_identifier (home_unit, id, no, hash, key_version, type, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (home_unit, id, no) DO UPDATE SET valid_to = excluded.valid_to
