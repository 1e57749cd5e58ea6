UPDATE session SET seen_at = ?2, until_at = ?3 WHERE hash = ?1 AND seen_at < ?2
