DELETE FROM unfinished WHERE what = ?1
