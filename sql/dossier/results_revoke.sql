UPDATE result SET revoked_at = ?3 WHERE home_unit = ?1 AND id = ?2 AND revoked_at = 0 AND (?4 = 0 OR place = ?4)
