SELECT what, since FROM unfinished WHERE what > ?1 ORDER BY what
