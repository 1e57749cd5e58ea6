INSERT INTO staff_delegation (home_unit, id, role, from_unit, decision, valid_from, valid_to, procedures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (home_unit, id, role, from_unit, decision, valid_from) DO UPDATE SET valid_to = excluded.valid_to, procedures = excluded.procedures
