DELETE FROM job WHERE (home_unit, id) IN (SELECT home_unit, id FROM job WHERE state = 'done' AND due_at < ?1 ORDER BY due_at LIMIT ?2)
AND state = 'done' RETURNING 1
