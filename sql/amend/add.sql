INSERT INTO amendment (home_unit, id, seq, at, actor, type, subject, valid_from, basis) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
