DELETE FROM doomed_file WHERE sha256 = ?1 AND actor = ?2
