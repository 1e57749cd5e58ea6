SELECT home_unit, pos, hash FROM unit_head WHERE home_unit > ?1 ORDER BY home_unit LIMIT ?2
