-- In force on that day, or the next to be.
SELECT home_unit, id FROM party_identifier
WHERE hash = ?1 AND key_version = ?2 AND valid_to > ?3 AND valid_from < valid_to ORDER BY valid_from, home_unit, id LIMIT 1
