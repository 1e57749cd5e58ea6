UPDATE token SET revoked = ?3 WHERE home_unit = ?1 AND id = ?2 AND revoked = 0
