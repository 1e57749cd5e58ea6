INSERT INTO count_total (home_unit, name, day, procedure, n) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (home_unit, name, day, procedure) DO UPDATE SET n = count_total.n + excluded.n
