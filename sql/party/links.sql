-- Of an erased dossier nobody may learn from here whose it was; the row itself goes when the party's stream is told.
SELECT l.dossier_home, l.dossier, l.place, l.role FROM party_dossier l
JOIN dossier d ON d.home_unit = l.dossier_home AND d.id = l.dossier AND d.erased = 0
WHERE l.home_unit = ?1 AND l.id = ?2
ORDER BY l.dossier_home, l.dossier, l.place LIMIT ?3
