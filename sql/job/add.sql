INSERT INTO job (home_unit, id, kind, due_at, lease_until, attempts, state, payload, problem) VALUES (?1, ?2, ?3, ?4, 0, 0, 'waiting', ?5, '')
ON CONFLICT (home_unit, id) DO NOTHING
