INSERT INTO staff_clearance (home_unit, id, valid_from, valid_to, basis) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (home_unit, id) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to, basis = excluded.basis
