SELECT kind, seq, at, hash, state FROM stream WHERE home_unit = ?1 AND stream = ?2
