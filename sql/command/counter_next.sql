INSERT INTO counter (home_unit, name, period, n) VALUES (?1, ?2, ?3, 1)
ON CONFLICT (home_unit, name, period) DO UPDATE SET n = counter.n + 1
