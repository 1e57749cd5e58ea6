SELECT DISTINCT home_unit FROM event WHERE home_unit > ?1 ORDER BY home_unit
