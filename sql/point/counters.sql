SELECT no, name, procedures, sectors, purposes, opened_at, closed_at FROM service_counter WHERE home_unit = ?1 AND id = ?2 AND no > ?3 ORDER BY no LIMIT ?4
