-- Open counters that nobody serves at that moment (R-017).
SELECT p.code, c.no, c.name FROM service_point p JOIN service_counter c ON c.home_unit = p.home_unit AND c.id = p.id
WHERE p.home_unit = ?1 AND p.closed_at = 0 AND c.closed_at = 0 AND NOT EXISTS (
  SELECT 1 FROM service_counter_staff s WHERE s.home_unit = c.home_unit AND s.id = c.id AND s.no = c.no AND s.valid_from <= ?2 AND s.valid_to > ?2)
ORDER BY p.code, c.no LIMIT ?3
