SELECT competent_unit, procedure, agency, restricted, number, date, file, issued_at, revoked_at FROM result WHERE code = ?1
