SELECT hash, key_version FROM party_identifier WHERE home_unit = ?1 AND id = ?2 AND valid_from < valid_to ORDER BY no
