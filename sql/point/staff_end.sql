UPDATE service_counter_staff SET valid_to = CASE WHEN valid_from > ?5 THEN valid_from ELSE ?5 END
WHERE home_unit = ?1 AND id = ?2 AND no = ?3 AND staff = ?4 AND valid_to > ?5
