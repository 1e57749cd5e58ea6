SELECT display FROM staff WHERE name = ?1
