SELECT actor FROM cited_file WHERE home_unit = ?1 AND id = ?2 AND sha256 = ?3
