-- What a person has begun at a page and not yet sent: a mutable row that ends by itself, and no fact of the ledger.
-- no projection: draft (not sent yet: no fact)
-- `owner` is the login of its session (for a citizen a keyed hash); all that was typed is sealed, bound to owner and id.
CREATE TABLE draft (
  id $bytes NOT NULL PRIMARY KEY, owner $text NOT NULL, version $int NOT NULL, sealed $bytes NOT NULL, begun_at $int NOT NULL, changed_at $int NOT NULL,
  until_at $int NOT NULL
) $strict;
CREATE INDEX draft_owner ON draft (owner, changed_at);
CREATE INDEX draft_until ON draft (until_at);
