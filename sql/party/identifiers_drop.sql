DELETE FROM party_identifier WHERE home_unit = ?1 AND id = ?2
