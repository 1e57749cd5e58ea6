SELECT h.home_unit, h.pos, CAST(COALESCE(f.pos, 0) AS $int) FROM unit_head h LEFT JOIN follower f ON f.home_unit = h.home_unit AND f.name = ?1
WHERE h.home_unit > ?2 AND h.pos > COALESCE(f.pos, 0) ORDER BY h.home_unit LIMIT ?3
