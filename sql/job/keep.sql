UPDATE job SET lease_until = ?3 WHERE home_unit = ?1 AND id = ?2 AND state = 'waiting' AND attempts = ?4 RETURNING attempts
