SELECT n FROM counter WHERE home_unit = ?1 AND name = ?2 AND period = ?3
