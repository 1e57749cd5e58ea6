SELECT home_unit, id, kind, active FROM staff WHERE name = ?1
