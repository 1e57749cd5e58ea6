SELECT pos, hash FROM unit_head WHERE home_unit = ?1
