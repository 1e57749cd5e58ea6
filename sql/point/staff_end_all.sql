UPDATE service_counter_staff SET valid_to = CASE WHEN valid_from > ?4 THEN valid_from ELSE ?4 END
WHERE home_unit = ?1 AND id = ?2 AND no = ?3 AND valid_to > ?4
