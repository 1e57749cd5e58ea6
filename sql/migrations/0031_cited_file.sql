-- Files that events of a dossier cite, and by whom first: through them whoever may read the dossier may read the file.
-- projection: cited_file home_unit,id,sha256
CREATE TABLE cited_file (
  home_unit $text NOT NULL, id $bytes NOT NULL, sha256 $bytes NOT NULL, actor $text NOT NULL, PRIMARY KEY (home_unit, id, sha256)
) $norowid;
CREATE INDEX cited_file_sha256 ON cited_file (sha256, home_unit, id);
