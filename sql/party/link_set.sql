INSERT INTO party_dossier (home_unit, id, dossier_home, dossier, place, role) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (home_unit, id, dossier_home, dossier, place) DO UPDATE SET role = excluded.role
