UPDATE result SET revoked_at = ?3 WHERE home_unit = ?1 AND id = ?2 AND revoked_at = 0
