SELECT id, version, sealed, begun_at, changed_at, until_at FROM draft WHERE owner = ?1 AND until_at > ?2 ORDER BY changed_at DESC, id LIMIT ?3
