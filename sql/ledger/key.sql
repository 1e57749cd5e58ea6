SELECT wrapped FROM stream_key WHERE home_unit = ?1 AND stream = ?2
