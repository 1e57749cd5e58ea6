INSERT INTO doomed_file (home_unit, id, sha256, actor) SELECT home_unit, id, sha256, actor FROM cited_file WHERE home_unit = ?1 AND id = ?2
ON CONFLICT (home_unit, id, sha256) DO NOTHING
