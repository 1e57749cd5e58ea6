INSERT INTO staff_role (home_unit, id, role, unit, valid_from, valid_to, basis) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (home_unit, id, role, unit, valid_from) DO UPDATE SET valid_to = excluded.valid_to, basis = excluded.basis
