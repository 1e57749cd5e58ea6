-- no projection: key_floor (says of an import that it came without its file of keys)
-- Events up to here came without the keys of their personal fields: verify does not miss these keys.
CREATE TABLE key_floor (home_unit $text NOT NULL PRIMARY KEY, pos $int NOT NULL) $norowid;
