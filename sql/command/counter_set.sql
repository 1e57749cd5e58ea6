INSERT INTO counter (home_unit, name, period, n) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (home_unit, name, period) DO UPDATE SET n = excluded.n
