INSERT INTO cited_file (home_unit, id, sha256, actor) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (home_unit, id, sha256) DO NOTHING
