SELECT hash, home_unit, id, expires_at, revoked FROM token WHERE hash = ?1
