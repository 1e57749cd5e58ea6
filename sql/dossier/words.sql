SELECT words FROM dossier WHERE home_unit = ?1 AND id = ?2
