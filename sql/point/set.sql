INSERT INTO service_point (home_unit, id, code, name, address, territory, kind, opened_at, closed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (home_unit, id) DO UPDATE SET name = excluded.name, address = excluded.address, territory = excluded.territory, kind = excluded.kind,
  closed_at = excluded.closed_at
