-- What an import left half-way, and nothing else ever.
DELETE FROM event WHERE EXISTS (SELECT 1 FROM unfinished)
