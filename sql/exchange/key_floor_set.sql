INSERT INTO key_floor (home_unit, pos) VALUES (?1, ?2) ON CONFLICT (home_unit) DO UPDATE SET pos = excluded.pos
