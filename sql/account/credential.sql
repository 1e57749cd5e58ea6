SELECT kind, display, password, second, second_used, fails, locked_until FROM credential WHERE login = ?1
