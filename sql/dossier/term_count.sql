SELECT CAST(COUNT(*) AS $int) AS n FROM (SELECT 1 FROM dossier_term WHERE audience = ?1 AND term >= ?2 AND term < ?3 LIMIT ?4) c
