UPDATE job SET state = 'cancelled', lease_until = 0 WHERE home_unit = ?1 AND id = ?2 AND state = 'waiting'
