DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE until_at <= ?1 ORDER BY until_at, id LIMIT ?2) RETURNING until_at
