-- As search.sql. OFFSET 0 keeps the planner from hashing all dossiers for a few (see list.pg.sql).
SELECT t.home_unit, t.id
FROM (SELECT home_unit, id, term FROM dossier_term WHERE audience = ?1 AND term >= ?2 AND term < ?3
  ORDER BY term DESC, home_unit DESC, id DESC LIMIT ?4) t
--[others] CROSS JOIN LATERAL (SELECT 1 AS has FROM dossier o WHERE o.home_unit = t.home_unit AND o.id = t.id AND strpos(o.words, ?6) > 0 AND strpos(o.words, ?7) > 0 AND strpos(o.words, ?8) > 0 AND strpos(o.words, ?9) > 0 AND strpos(o.words, ?10) > 0 OFFSET 0) d
LIMIT ?5
