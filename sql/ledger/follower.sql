SELECT pos FROM follower WHERE home_unit = ?1 AND name = ?2
