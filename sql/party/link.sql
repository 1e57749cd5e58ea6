SELECT role, differs FROM party_dossier WHERE home_unit = ?1 AND id = ?2 AND dossier_home = ?3 AND dossier = ?4 AND place = ?5
