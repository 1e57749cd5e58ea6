SELECT home_unit, id, place, role FROM party_dossier WHERE dossier_home = ?1 AND dossier = ?2 ORDER BY place, home_unit, id LIMIT ?3
