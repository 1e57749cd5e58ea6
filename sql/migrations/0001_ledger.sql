CREATE TABLE unit_head (home_unit $text NOT NULL PRIMARY KEY, pos $int NOT NULL, hash $bytes NOT NULL) $norowid;
