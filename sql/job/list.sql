SELECT home_unit, id, kind, due_at, lease_until, attempts, state, problem FROM job
WHERE state = ?1 AND (home_unit, id) > (?2, ?3) ORDER BY home_unit, id LIMIT ?4
