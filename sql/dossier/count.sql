INSERT INTO count_delta (home_unit, pos, name, day, procedure, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
