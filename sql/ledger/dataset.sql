SELECT name, packed FROM dataset WHERE sha256 = ?1
