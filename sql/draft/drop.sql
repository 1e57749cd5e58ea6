DELETE FROM draft WHERE id = ?1 AND owner = ?2
