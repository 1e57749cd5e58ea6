SELECT kind, CAST(COUNT(*) AS $int), CAST(MIN(due_at) AS $int) FROM job WHERE state = ?1 GROUP BY kind ORDER BY kind
