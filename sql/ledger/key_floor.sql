SELECT pos FROM key_floor WHERE home_unit = ?1
