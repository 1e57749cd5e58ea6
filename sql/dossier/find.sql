SELECT home_unit, id FROM dossier_code WHERE code = ?1
