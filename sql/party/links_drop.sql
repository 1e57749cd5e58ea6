DELETE FROM party_dossier WHERE home_unit = ?1 AND id = ?2
