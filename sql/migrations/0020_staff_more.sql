-- What the first staff tables lack: kind of account, unique login, delegations in time (R-017), clearance for restricted dossiers.
ALTER TABLE staff ADD COLUMN kind $text NOT NULL DEFAULT 'person';
CREATE UNIQUE INDEX staff_login ON staff (name);
CREATE INDEX token_of ON token (home_unit, id);
-- projection: staff_delegation home_unit,id,role,from_unit,decision,valid_from
CREATE TABLE staff_delegation (
  home_unit $text NOT NULL, id $bytes NOT NULL, role $text NOT NULL, from_unit $text NOT NULL, decision $text NOT NULL,
  valid_from $int NOT NULL, valid_to $int NOT NULL, procedures $text NOT NULL,
  PRIMARY KEY (home_unit, id, role, from_unit, decision, valid_from)
) $norowid;
-- projection: staff_clearance home_unit,id
CREATE TABLE staff_clearance (
  home_unit $text NOT NULL, id $bytes NOT NULL, valid_from $int NOT NULL, valid_to $int NOT NULL, basis $text NOT NULL,
  PRIMARY KEY (home_unit, id)
) $norowid;
