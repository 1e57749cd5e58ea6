-- What a unit took in between two moments, in the order of its book; by the index dossier_received.
SELECT id, code, register_no FROM dossier WHERE home_unit = ?1 AND received_at >= ?2 AND received_at < ?3 AND received_at > 0 AND register_no > 0
ORDER BY received_at, register_no LIMIT ?4
