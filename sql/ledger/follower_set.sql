INSERT INTO follower (home_unit, name, pos) VALUES (?1, ?2, ?3)
ON CONFLICT (home_unit, name) DO UPDATE SET pos = excluded.pos
