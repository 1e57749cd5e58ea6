-- Issued results by the code under which anybody may ask whether they are genuine (R-066). Nothing personal stands here.
-- projection: result code
CREATE TABLE result (
  code $text NOT NULL PRIMARY KEY, home_unit $text NOT NULL, id $bytes NOT NULL, place $int NOT NULL, competent_unit $text NOT NULL,
  procedure $text NOT NULL, agency $text NOT NULL, restricted $int NOT NULL, number $text NOT NULL, date $text NOT NULL, file $text NOT NULL,
  issued_at $int NOT NULL, revoked_at $int NOT NULL
) $norowid;
CREATE INDEX result_of ON result (home_unit, id);
