-- What a dossier declared, and declared anew.
SELECT home_unit, pos, stream, seq, type, version, at, actor, unit, basis, salt, hash, payload FROM event
WHERE home_unit = ?1 AND stream = ?2 AND type IN ('dossier.submitted', 'dossier.corrected') ORDER BY seq
