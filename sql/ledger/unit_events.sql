SELECT home_unit, pos, stream, seq, type, version, at, actor, unit, basis, salt, hash, payload
FROM event WHERE home_unit = ?1 AND pos > ?2 ORDER BY pos LIMIT ?3
