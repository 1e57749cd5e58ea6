-- Sums of a unit over days, merged and not yet merged rows together.
SELECT name, CAST(SUM(n) AS $int) AS n FROM (
  SELECT name, n FROM count_total WHERE home_unit = ?1 AND name IN ('submitted', 'received', 'refused', 'supplement_requested', 'approved',
    'rejected', 'stopped', 'voided', 'apologised', 'extended', 'finished_late', 'finished_on_time', 'delivered') AND day BETWEEN ?2 AND ?3
  UNION ALL SELECT name, n FROM count_delta WHERE home_unit = ?1 AND day BETWEEN ?2 AND ?3) c
GROUP BY name
