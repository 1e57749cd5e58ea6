-- Who works in a unit with a role in force at ?2: for choosing an officer or an approver. Whether she may, the command's own rules say.
SELECT s.name, s.display, r.role FROM staff s JOIN staff_role r ON r.home_unit = s.home_unit AND r.id = s.id
WHERE s.home_unit = ?1 AND s.active = 1 AND s.kind = 'person' AND r.valid_from <= ?2 AND r.valid_to > ?2 ORDER BY s.name, r.role LIMIT ?3
