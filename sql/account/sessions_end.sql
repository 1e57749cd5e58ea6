DELETE FROM session WHERE login = ?1
