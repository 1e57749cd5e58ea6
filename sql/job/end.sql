UPDATE job SET state = ?3, due_at = ?4, lease_until = 0, attempts = ?5, problem = ?6
WHERE home_unit = ?1 AND id = ?2 AND state = 'waiting' AND attempts = ?7 RETURNING attempts
