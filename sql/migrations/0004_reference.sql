-- Which datasets hold: the projection of the reference stream.
-- projection: reference name
CREATE TABLE reference (name $text NOT NULL PRIMARY KEY, sha256 $bytes NOT NULL, home_unit $text NOT NULL, id $bytes NOT NULL) $norowid;
