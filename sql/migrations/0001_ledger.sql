-- no projection: event, unit_head, stream_key (the facts themselves, and their keys)
-- Facts. `event` is append-only; (home_unit, pos) is the only order. The hashed payload bytes are stored as they were hashed.
CREATE TABLE event (
  home_unit $text NOT NULL, pos $int NOT NULL, stream $bytes NOT NULL, seq $int NOT NULL,
  type $text NOT NULL, version $int NOT NULL, at $int NOT NULL, actor $text NOT NULL, unit $text NOT NULL, basis $text NOT NULL,
  salt $bytes NOT NULL, hash $bytes NOT NULL, payload $bytes NOT NULL,
  PRIMARY KEY (home_unit, pos)
) $strict;
CREATE UNIQUE INDEX event_stream ON event (home_unit, stream, seq);
-- The head of each unit's chain: taken last in a transaction.
CREATE TABLE unit_head (home_unit $text NOT NULL PRIMARY KEY, pos $int NOT NULL, hash $bytes NOT NULL) $norowid;
-- Keys of personal fields, wrapped by the master key, which is not in the database. `backup` leaves this table out of the data file.
CREATE TABLE stream_key (
  home_unit $text NOT NULL, stream $bytes NOT NULL, wrapped $bytes NOT NULL, PRIMARY KEY (home_unit, stream)
) $norowid;
-- projection: stream home_unit,stream hide state
-- State of each stream as of its last event: the snapshot that a command loads. A projection (replay compares it).
CREATE TABLE stream (
  home_unit $text NOT NULL, stream $bytes NOT NULL, kind $text NOT NULL, seq $int NOT NULL, at $int NOT NULL, hash $bytes NOT NULL,
  state $bytes NOT NULL, PRIMARY KEY (home_unit, stream)
) $strict;
-- no projection: idem, dataset, follower, job, unfinished (marks of work in hand, and adopted bytes)
-- Idempotency: what a key was used for, and how it ended. Not a projection; rows of refusals go after 72 hours.
CREATE TABLE idem (
  actor_home $text NOT NULL, actor $text NOT NULL, key $text NOT NULL, body $bytes NOT NULL, at $int NOT NULL,
  home_unit $text NOT NULL, stream $bytes NOT NULL, seq_from $int NOT NULL, seq_to $int NOT NULL, refusal $bytes,
  PRIMARY KEY (actor_home, actor, key)
) $norowid;
CREATE INDEX idem_refused ON idem (at) WHERE refusal IS NOT NULL;
-- Datasets that the store adopted (catalogue, territories, holidays …), named in events by their SHA-256.
CREATE TABLE dataset (sha256 $bytes NOT NULL PRIMARY KEY, name $text NOT NULL, packed $bytes NOT NULL) $strict;
-- Where each follower stands in each unit.
CREATE TABLE follower (
  home_unit $text NOT NULL, name $text NOT NULL, pos $int NOT NULL, PRIMARY KEY (home_unit, name)
) $norowid;
-- Slow and outside work, and timers. Not a projection: the outcome comes back as a command keyed by the job.
CREATE TABLE job (
  home_unit $text NOT NULL, id $bytes NOT NULL, kind $text NOT NULL, due_at $int NOT NULL, lease_until $int NOT NULL,
  attempts $int NOT NULL, state $text NOT NULL, payload $bytes NOT NULL, problem $text NOT NULL,
  PRIMARY KEY (home_unit, id)
) $norowid;
CREATE INDEX job_due ON job (due_at, home_unit, id) WHERE state = 'waiting';
-- What was begun and may be left half-way (an import). While a row is here the store refuses to serve.
CREATE TABLE unfinished (what $text NOT NULL PRIMARY KEY, since $int NOT NULL) $strict;
