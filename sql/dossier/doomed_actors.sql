SELECT DISTINCT actor FROM doomed_file WHERE sha256 = ?1 AND actor > ?2 ORDER BY actor LIMIT ?3
