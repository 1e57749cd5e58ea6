SELECT count(*) FROM draft WHERE owner = ?1
