SELECT version, sealed, begun_at, changed_at, until_at FROM draft WHERE id = ?1 AND owner = ?2 AND until_at > ?3
