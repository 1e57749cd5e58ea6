SELECT name, home_unit, id, kind, active, display FROM staff WHERE name > ?1
--[unit] AND home_unit = ?3
ORDER BY name LIMIT ?2
