SELECT home_unit, pos, stream, seq, type, version, at, actor, unit, basis, salt, hash, payload FROM event
WHERE home_unit = ?1 AND stream = ?2
AND type IN ('party.registered', 'party.identified', 'party.identifier_ended', 'party.renamed', 'party.corrected') ORDER BY seq
