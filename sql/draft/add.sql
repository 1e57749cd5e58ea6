INSERT INTO draft (id, owner, version, sealed, begun_at, changed_at, until_at) VALUES (?1, ?2, 1, ?3, ?4, ?4, ?5)
