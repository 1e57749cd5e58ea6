-- Service points and their counters: where dossiers are received, at which counter what is done, and who serves it when (R-011, R-017).
-- projection: service_point home_unit,id
CREATE TABLE service_point (
  home_unit $text NOT NULL, id $bytes NOT NULL, code $text NOT NULL, name $text NOT NULL, address $text NOT NULL, territory $text NOT NULL,
  kind $text NOT NULL, opened_at $int NOT NULL, closed_at $int NOT NULL, PRIMARY KEY (home_unit, id)
) $norowid;
CREATE UNIQUE INDEX service_point_code ON service_point (code);
CREATE INDEX service_point_territory ON service_point (territory, code);
-- projection: service_counter home_unit,id,no
-- Lists are texts with a comma before, between and after: `LIKE '%,1.001193,%'` finds one.
CREATE TABLE service_counter (
  home_unit $text NOT NULL, id $bytes NOT NULL, no $int NOT NULL, name $text NOT NULL, procedures $text NOT NULL, sectors $text NOT NULL,
  purposes $text NOT NULL, opened_at $int NOT NULL, closed_at $int NOT NULL, PRIMARY KEY (home_unit, id, no)
) $norowid;
-- projection: service_counter_staff home_unit,id,no,staff,valid_from
CREATE TABLE service_counter_staff (
  home_unit $text NOT NULL, id $bytes NOT NULL, no $int NOT NULL, staff $text NOT NULL, valid_from $int NOT NULL, valid_to $int NOT NULL,
  substitute $int NOT NULL, basis $text NOT NULL, PRIMARY KEY (home_unit, id, no, staff, valid_from)
) $norowid;
CREATE INDEX service_counter_staff_of ON service_counter_staff (staff, valid_to);
