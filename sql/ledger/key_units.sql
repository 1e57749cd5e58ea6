SELECT DISTINCT home_unit FROM stream_key WHERE home_unit > ?1 ORDER BY home_unit LIMIT ?2
