-- What an import left half-way, and nothing else ever.
DELETE FROM dataset WHERE EXISTS (SELECT 1 FROM unfinished)
