-- Up to eight words at once; NULL where there are fewer.
DELETE FROM dossier_term WHERE audience = ?1 AND home_unit = ?2 AND id = ?3 AND term IN (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
