-- Of places that a party's stream with this number stands in, that stream knows: here are the others.
SELECT DISTINCT p.home_unit, p.id FROM dossier_party p WHERE p.number_hash = ?1
AND NOT EXISTS (SELECT 1 FROM party_dossier l JOIN party_identifier i ON i.home_unit = l.home_unit AND i.id = l.id AND i.hash = p.number_hash
                WHERE l.dossier_home = p.home_unit AND l.dossier = p.id AND l.place = p.place)
ORDER BY p.home_unit, p.id LIMIT ?2
