-- Decisions that amend the rules, for those who look them up; the rules themselves are built from the events.
-- projection: amendment home_unit,id,seq
CREATE TABLE amendment (
  home_unit $text NOT NULL, id $bytes NOT NULL, seq $int NOT NULL, at $int NOT NULL, actor $text NOT NULL, type $text NOT NULL,
  subject $text NOT NULL, valid_from $int NOT NULL, basis $text NOT NULL, PRIMARY KEY (home_unit, id, seq)
) $norowid;
