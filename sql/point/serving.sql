-- Who serves now: those who are named for it before those who stand in.
SELECT no, staff, valid_from, valid_to, substitute, basis FROM service_counter_staff
WHERE home_unit = ?1 AND id = ?2 AND valid_from <= ?3 AND valid_to > ?3
--[counter] AND no = ?5
ORDER BY no, substitute, valid_from, staff LIMIT ?4
