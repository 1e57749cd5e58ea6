SELECT dossier_home, dossier, place, role FROM party_dossier WHERE home_unit = ?1 AND id = ?2
ORDER BY dossier_home, dossier, place LIMIT ?3
