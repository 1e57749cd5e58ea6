-- Due jobs are looked for by kind (a process takes only kinds it knows, and a kind has its own limit); an operator lists by state.
DROP INDEX job_due;
CREATE INDEX job_due_kind ON job (kind, due_at, home_unit, id) WHERE state = 'waiting';
CREATE INDEX job_state ON job (state, home_unit, id);
CREATE INDEX job_done ON job (due_at) WHERE state = 'done';
-- no projection: lease (who works now)
-- Who does something that one process at a time should do (a follower, housekeeping). Only for thrift: what must not happen twice is
-- guarded by its own condition.
CREATE TABLE lease (name $text NOT NULL PRIMARY KEY, holder $bytes NOT NULL, until_at $int NOT NULL) $norowid;
