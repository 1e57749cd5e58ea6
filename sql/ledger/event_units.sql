-- From unit to unit by the index, instead of reading every event.
WITH RECURSIVE u (unit) AS (
  SELECT MIN(home_unit) FROM event WHERE home_unit > ?1
  UNION ALL SELECT (SELECT MIN(e.home_unit) FROM event e WHERE e.home_unit > u.unit) FROM u WHERE u.unit IS NOT NULL)
SELECT unit FROM u WHERE unit IS NOT NULL ORDER BY unit
