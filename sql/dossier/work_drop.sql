DELETE FROM work WHERE audience = ?1 AND state = ?2 AND rank = ?3 AND home_unit = ?4 AND id = ?5
