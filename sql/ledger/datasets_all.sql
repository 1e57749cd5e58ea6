SELECT sha256, name, packed FROM dataset WHERE sha256 > ?1 ORDER BY sha256 LIMIT ?2
