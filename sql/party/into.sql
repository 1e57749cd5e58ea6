SELECT into_home, into_id FROM party WHERE home_unit = ?1 AND id = ?2
