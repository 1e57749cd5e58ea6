INSERT INTO result (code, home_unit, id, place, competent_unit, procedure, agency, restricted, number, date, file, issued_at, revoked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0) ON CONFLICT (code) DO UPDATE SET number = excluded.number, date = excluded.date, file = excluded.file,
  issued_at = CASE WHEN result.issued_at = 0 THEN excluded.issued_at ELSE result.issued_at END
