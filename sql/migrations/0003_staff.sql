-- Who may: projections of the streams of staff. A token is kept only as its hash.
-- projection: staff home_unit,id hide name,display
CREATE TABLE staff (
  home_unit $text NOT NULL, id $bytes NOT NULL, name $text NOT NULL, display $text NOT NULL, active $int NOT NULL,
  PRIMARY KEY (home_unit, id)
) $norowid;
-- projection: staff_role home_unit,id,role,unit,valid_from
CREATE TABLE staff_role (
  home_unit $text NOT NULL, id $bytes NOT NULL, role $text NOT NULL, unit $text NOT NULL, valid_from $int NOT NULL, valid_to $int NOT NULL,
  basis $text NOT NULL, PRIMARY KEY (home_unit, id, role, unit, valid_from)
) $norowid;
-- projection: token hash hide hash
CREATE TABLE token (
  hash $bytes NOT NULL PRIMARY KEY, home_unit $text NOT NULL, id $bytes NOT NULL, actor $text NOT NULL, role $text NOT NULL,
  unit $text NOT NULL, expires_at $int NOT NULL, revoked $int NOT NULL
) $norowid;
