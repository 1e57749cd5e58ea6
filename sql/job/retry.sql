UPDATE job SET state = 'waiting', due_at = ?3, lease_until = 0, attempts = 0, problem = '' WHERE home_unit = ?1 AND id = ?2 AND state = 'dead' RETURNING attempts
