INSERT INTO unit_head (home_unit, pos, hash) VALUES (?1, ?2, ?3)
ON CONFLICT (home_unit) DO UPDATE SET pos = excluded.pos, hash = excluded.hash
