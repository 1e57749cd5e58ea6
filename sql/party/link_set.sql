INSERT INTO party_dossier (home_unit, id, dossier_home, dossier, place, role, differs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (home_unit, id, dossier_home, dossier, place) DO UPDATE SET role = excluded.role, differs = excluded.differs
