SELECT home_unit, stream, wrapped FROM stream_key WHERE home_unit = ?1 ORDER BY stream
