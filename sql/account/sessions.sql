SELECT hash, begun_at, seen_at FROM session WHERE login = ?1 AND until_at > ?2 AND (kind <> 'staff' OR begun_at > ?3) ORDER BY seen_at DESC, hash LIMIT 50
