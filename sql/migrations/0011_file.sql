-- no projection: file (an upload comes before the command that cites it)
-- Manifest of the content store: what lies under files/, whose it is and under which key. Not a projection: an upload comes before the
-- command that cites it. One row per owner and content; `wrapped` goes when the content is lawfully destroyed.
CREATE TABLE file (
  owner $text NOT NULL, sha256 $bytes NOT NULL, size $int NOT NULL, type $text NOT NULL, name $text NOT NULL, at $int NOT NULL,
  wrapped $bytes, stored $text NOT NULL, PRIMARY KEY (owner, sha256)
) $norowid;
CREATE INDEX file_sha256 ON file (sha256, owner);
CREATE INDEX file_stored ON file (stored);
