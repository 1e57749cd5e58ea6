UPDATE credential SET second = ?2, second_used = ?3, changed_at = ?4 WHERE login = ?1 RETURNING login
