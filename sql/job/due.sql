SELECT home_unit, id, kind, due_at, attempts, payload FROM job
WHERE state = 'waiting' AND kind = ?1 AND due_at <= ?2 AND lease_until <= ?3 ORDER BY due_at, home_unit, id LIMIT ?4
