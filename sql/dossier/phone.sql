SELECT COUNT(*) AS n FROM dossier_party WHERE home_unit = ?1 AND id = ?2 AND phone_hash = ?3
