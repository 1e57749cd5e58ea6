SELECT home_unit, id FROM service_point WHERE code = ?1
