-- `attempts` is also the fence: whoever leased before may no longer write its end.
UPDATE job SET lease_until = ?3, attempts = attempts + 1
WHERE home_unit = ?1 AND id = ?2 AND state = 'waiting' AND lease_until <= ?4 AND attempts = ?5 RETURNING attempts
