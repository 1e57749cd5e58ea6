-- Files of erased dossiers that are still to be destroyed (domain/dossier/forget.c). A row goes when its copy is gone; until then it says what was cited.
-- no projection: doomed_file (work in hand: written by the erasure, taken away by the job that destroys)
CREATE TABLE doomed_file (
  home_unit $text NOT NULL, id $bytes NOT NULL, sha256 $bytes NOT NULL, actor $text NOT NULL, PRIMARY KEY (home_unit, id, sha256)
) $norowid;
CREATE INDEX doomed_file_sha256 ON doomed_file (sha256, actor);
