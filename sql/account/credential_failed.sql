UPDATE credential SET fails = fails + 1, locked_until = CASE WHEN fails + 1 >= ?2 THEN ?3 ELSE locked_until END WHERE login = ?1
