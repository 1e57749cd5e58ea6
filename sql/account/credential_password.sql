UPDATE credential SET password = ?2, fails = 0, locked_until = 0, changed_at = ?3 WHERE login = ?1 RETURNING login
