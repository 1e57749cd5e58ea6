SELECT id FROM amendment WHERE home_unit = ?1 ORDER BY id LIMIT 1
