INSERT INTO event (home_unit, pos, stream, seq, type, version, at, actor, unit, basis, salt, hash, payload)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
