SELECT code, home_unit, id, name, address, territory, kind, opened_at, closed_at FROM service_point WHERE code > ?1
--[unit] AND home_unit = ?3
--[territory] AND territory = ?4
--[open] AND closed_at = 0
ORDER BY code LIMIT ?2
