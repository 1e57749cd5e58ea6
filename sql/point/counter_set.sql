INSERT INTO service_counter (home_unit, id, no, name, procedures, sectors, purposes, opened_at, closed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (home_unit, id, no) DO UPDATE SET name = excluded.name, procedures = excluded.procedures, sectors = excluded.sectors,
  purposes = excluded.purposes, opened_at = excluded.opened_at, closed_at = excluded.closed_at
