-- Persons and organisations across dossiers: projections of the streams of parties. No name, no number: keyed hashes only.
-- projection: party home_unit,id
CREATE TABLE party (
  home_unit $text NOT NULL, id $bytes NOT NULL, kind $text NOT NULL, into_home $text NOT NULL, into_id $bytes NOT NULL,
  merged_at $int NOT NULL, registered_at $int NOT NULL, erased $int NOT NULL, PRIMARY KEY (home_unit, id)
) $norowid;
CREATE INDEX party_into ON party (into_home, into_id, home_unit, id) WHERE into_home <> '';
-- projection: party_identifier home_unit,id,no hide hash
-- Who bore which number on which days. An open end is the largest integer; a row of no day (from = to) never held.
CREATE TABLE party_identifier (
  home_unit $text NOT NULL, id $bytes NOT NULL, no $int NOT NULL, hash $bytes NOT NULL, key_version $int NOT NULL, type $text NOT NULL,
  valid_from $int NOT NULL, valid_to $int NOT NULL, PRIMARY KEY (home_unit, id, no)
) $norowid;
CREATE INDEX party_identifier_hash ON party_identifier (hash, key_version, valid_to, home_unit, id);
-- projection: party_dossier home_unit,id,dossier_home,dossier,place
-- In which dossiers a party stands, and where among the declared; which fields were declared differently from what is known ("birth_date,sex").
CREATE TABLE party_dossier (
  home_unit $text NOT NULL, id $bytes NOT NULL, dossier_home $text NOT NULL, dossier $bytes NOT NULL, place $int NOT NULL, role $text NOT NULL,
  differs $text NOT NULL, PRIMARY KEY (home_unit, id, dossier_home, dossier, place)
) $norowid;
CREATE INDEX party_dossier_of ON party_dossier (dossier_home, dossier, place, home_unit, id);
