UPDATE token SET revoked = ?2 WHERE hash = ?1 AND revoked = 0
