INSERT INTO service_counter_staff (home_unit, id, no, staff, valid_from, valid_to, substitute, basis) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (home_unit, id, no, staff, valid_from) DO UPDATE SET valid_to = excluded.valid_to, substitute = excluded.substitute, basis = excluded.basis
