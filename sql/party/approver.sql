-- The roles of an active member of staff; a machine approves nothing.
SELECT r.role, r.unit, r.valid_from, r.valid_to FROM staff s JOIN staff_role r ON r.home_unit = s.home_unit AND r.id = s.id
WHERE s.name = ?1 AND s.active = 1 AND s.kind = 'person' ORDER BY r.role, r.unit, r.valid_from LIMIT ?2
