INSERT INTO token (hash, home_unit, id, actor, role, unit, expires_at, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
