-- What an import left half-way, and nothing else ever.
DELETE FROM unit_head WHERE EXISTS (SELECT 1 FROM unfinished)
