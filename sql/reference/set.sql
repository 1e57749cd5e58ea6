INSERT INTO reference (name, sha256, home_unit, id) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256
