SELECT home_unit, id FROM party WHERE into_home = ?1 AND into_id = ?2 AND into_home <> '' ORDER BY home_unit, id LIMIT ?3
