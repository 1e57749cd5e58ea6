SELECT home_unit, id, actor FROM cited_file WHERE sha256 = ?1 ORDER BY home_unit, id LIMIT ?2
