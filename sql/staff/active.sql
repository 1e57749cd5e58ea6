UPDATE staff SET active = ?3 WHERE home_unit = ?1 AND id = ?2
