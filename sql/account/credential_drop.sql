DELETE FROM credential WHERE login = ?1
