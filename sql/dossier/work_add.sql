INSERT INTO work (audience, state, rank, home_unit, id) VALUES (?1, ?2, ?3, ?4, ?5)
