SELECT body, home_unit, stream, seq_from, seq_to, refusal, at FROM idem WHERE actor_home = ?1 AND actor = ?2 AND key = ?3
