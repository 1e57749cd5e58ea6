INSERT INTO session (hash, login, kind, display, begun_at, seen_at, until_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
