-- Which rules the store holds: changes with every adoption and every amendment, and with nothing else.
SELECT (SELECT hash FROM stream s WHERE s.home_unit = r.home_unit AND s.stream = r.id) AS adopted,
  (SELECT hash FROM stream s WHERE s.home_unit = a.home_unit AND s.stream = a.id) AS amended
FROM (SELECT home_unit, id FROM reference ORDER BY name LIMIT 1) r
LEFT JOIN (SELECT home_unit, id FROM amendment WHERE home_unit = ?1 ORDER BY id LIMIT 1) a ON 1 = 1
