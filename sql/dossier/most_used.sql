-- What a desk received most, of its last dossiers; no more of them are looked at than ?3.
SELECT t.procedure, t.agency, COUNT(*) AS n FROM (
  SELECT procedure, agency FROM dossier WHERE home_unit = ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3) t
GROUP BY t.procedure, t.agency ORDER BY n DESC, t.procedure, t.agency LIMIT ?4
