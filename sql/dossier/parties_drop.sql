DELETE FROM dossier_party WHERE home_unit = ?1 AND id = ?2
