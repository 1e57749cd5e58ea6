SELECT DISTINCT e.type, e.version FROM (SELECT home_unit, pos FROM unit_head ORDER BY home_unit LIMIT ?1) h
JOIN event e ON e.home_unit = h.home_unit AND e.pos > h.pos - ?2 AND e.pos <= h.pos ORDER BY e.type, e.version
