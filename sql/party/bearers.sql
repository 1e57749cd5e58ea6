-- Who bears or bore a number: those who do first.
SELECT home_unit, id, valid_from, valid_to FROM party_identifier
WHERE hash = ?1 AND key_version = ?2 AND valid_from < valid_to ORDER BY valid_to DESC, valid_from DESC, home_unit, id LIMIT ?3
