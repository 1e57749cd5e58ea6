-- Whose turn is it, among the first ?3 of one audience and state: for the counts beside the queues.
SELECT d.task, COUNT(*) FROM (SELECT home_unit, id FROM work WHERE audience = ?1 AND state = ?2 ORDER BY rank, home_unit, id LIMIT ?3) w
JOIN dossier d ON d.home_unit = w.home_unit AND d.id = w.id GROUP BY d.task
