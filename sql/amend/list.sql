SELECT seq, at, actor, type, subject, valid_from, basis FROM amendment WHERE home_unit = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
