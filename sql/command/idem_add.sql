INSERT INTO idem (actor_home, actor, key, body, at, home_unit, stream, seq_from, seq_to, refusal)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
