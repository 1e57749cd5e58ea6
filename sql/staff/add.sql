INSERT INTO staff (home_unit, id, name, display, active, kind) VALUES (?1, ?2, ?3, ?4, 1, ?5)
