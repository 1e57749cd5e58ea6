-- Signing in to pages. Neither is a fact: a secret is changed without a trace of what it was, and a session ends by itself.
-- no projection: credential, session (secrets and sessions are no facts)
-- `login` of staff as in table staff; of a citizen "citizen:" and the keyed hash of her number. `second` is the sealed secret of the second factor.
CREATE TABLE credential (
  login $text NOT NULL PRIMARY KEY, kind $text NOT NULL, display $text NOT NULL, password $text NOT NULL, second $bytes, second_used $int NOT NULL,
  fails $int NOT NULL, locked_until $int NOT NULL, changed_at $int NOT NULL
) $strict;
-- Only the hash of what the browser holds.
CREATE TABLE session (
  hash $bytes NOT NULL PRIMARY KEY, login $text NOT NULL, kind $text NOT NULL, display $text NOT NULL, begun_at $int NOT NULL, seen_at $int NOT NULL,
  until_at $int NOT NULL
) $strict;
CREATE INDEX session_until ON session (until_at);
CREATE INDEX session_login ON session (login);
