SELECT stream, wrapped FROM stream_key WHERE home_unit = ?1 AND stream > ?2 ORDER BY stream LIMIT ?3
