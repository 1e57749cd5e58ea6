DELETE FROM dossier_term WHERE audience = ?1 AND home_unit = ?2 AND id = ?3
