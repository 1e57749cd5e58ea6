DELETE FROM session WHERE login = ?1 AND hash = ?2
