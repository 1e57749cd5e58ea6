-- Projections of dossiers: computed from events, never typed in; replay rebuilds them beside these and compares.
-- `words`: the folded words of code and names, each behind a space; those that are indexed stand in dossier_term.
-- projection: dossier home_unit,id hide owner_name,submitter_name,words
CREATE TABLE dossier (
  home_unit $text NOT NULL, id $bytes NOT NULL, code $text NOT NULL, procedure $text NOT NULL, agency $text NOT NULL,
  sector $text NOT NULL, state $int NOT NULL, channel $text NOT NULL, competent_unit $text NOT NULL, task $text NOT NULL,
  officer $text NOT NULL, submitted_at $int NOT NULL, received_at $int NOT NULL, due_at $int NOT NULL, promised_at $int NOT NULL,
  finished_at $int NOT NULL, delivered_at $int NOT NULL, late_mark $int NOT NULL, voided $int NOT NULL, erased $int NOT NULL,
  owner_name $text NOT NULL, submitter_name $text NOT NULL, words $text NOT NULL, register_year $int NOT NULL, register_no $int NOT NULL,
  version $int NOT NULL, PRIMARY KEY (home_unit, id)
) $norowid;
-- projection: dossier_code code
CREATE TABLE dossier_code (code $text NOT NULL PRIMARY KEY, home_unit $text NOT NULL, id $bytes NOT NULL, kind $text NOT NULL) $norowid;
-- projection: counter home_unit,name,period
-- Next number of a code template per unit and day; and of the register book per unit and year.
CREATE TABLE counter (
  home_unit $text NOT NULL, name $text NOT NULL, period $text NOT NULL, n $int NOT NULL, PRIMARY KEY (home_unit, name, period)
) $norowid;
-- projection: work audience,state,rank,home_unit,id
-- One row per audience that may see the dossier; `rank` is the due time while open, and newest-first when closed.
CREATE TABLE work (
  audience $text NOT NULL, state $int NOT NULL, rank $int NOT NULL, home_unit $text NOT NULL, id $bytes NOT NULL,
  PRIMARY KEY (audience, state, rank, home_unit, id)
) $norowid;
-- projection: dossier_term audience,term,home_unit,id hide term
-- Folded words of names and the end of the code, per audience (domain/dossier/words.c).
CREATE TABLE dossier_term (
  audience $text NOT NULL, term $text NOT NULL, home_unit $text NOT NULL, id $bytes NOT NULL,
  PRIMARY KEY (audience, term, home_unit, id)
) $norowid;
-- projection: dossier_party home_unit,id,place hide name,number_hash,phone_hash
-- Parties as declared: keyed hash of the personal number for exact search, last digits of the phone for tracking (keyed hash).
CREATE TABLE dossier_party (
  home_unit $text NOT NULL, id $bytes NOT NULL, place $int NOT NULL, role $text NOT NULL, kind $text NOT NULL, name $text NOT NULL,
  number_hash $bytes, phone_hash $bytes, PRIMARY KEY (home_unit, id, place)
) $norowid;
CREATE INDEX dossier_party_number ON dossier_party (number_hash, home_unit, id) WHERE number_hash IS NOT NULL;
-- projection-sum: count_delta,count_total home_unit,name,day,procedure n
-- Counts: a command adds delta rows, a folder merges them, a reader adds both. Names and days are the rule's own (docs/internals/store.md).
CREATE TABLE count_delta (
  home_unit $text NOT NULL, pos $int NOT NULL, name $text NOT NULL, day $int NOT NULL, procedure $text NOT NULL, n $int NOT NULL,
  PRIMARY KEY (home_unit, pos, name, day, procedure)
) $norowid;
CREATE TABLE count_total (
  home_unit $text NOT NULL, name $text NOT NULL, day $int NOT NULL, procedure $text NOT NULL, n $int NOT NULL,
  PRIMARY KEY (home_unit, name, day, procedure)
) $norowid;
