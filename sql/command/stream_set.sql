INSERT INTO stream (home_unit, stream, kind, seq, at, hash, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (home_unit, stream) DO UPDATE SET seq = excluded.seq, at = excluded.at, hash = excluded.hash, state = excluded.state
