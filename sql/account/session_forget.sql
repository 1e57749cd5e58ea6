DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE until_at < ?1 ORDER BY until_at LIMIT ?2) RETURNING hash
