-- Whose keys this store was made with: another master key opens nothing in it, and would write what the right one cannot read.
-- no projection: key_check (about the keys, which are no facts)
CREATE TABLE key_check (id $int NOT NULL PRIMARY KEY, hash $bytes NOT NULL) $strict;
