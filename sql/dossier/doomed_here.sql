SELECT sha256 FROM doomed_file WHERE home_unit = ?1 AND id = ?2 AND sha256 > ?3 ORDER BY sha256 LIMIT ?4
