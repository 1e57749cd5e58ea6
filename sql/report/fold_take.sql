-- Takes the oldest rows out, and gives back exactly what it took: two folders at once never count a row twice.
DELETE FROM count_delta WHERE (home_unit, pos, name, day, procedure) IN (
  SELECT home_unit, pos, name, day, procedure FROM count_delta ORDER BY home_unit, pos, name, day, procedure LIMIT ?1)
RETURNING home_unit, name, day, procedure, n
