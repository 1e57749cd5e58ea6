-- What an import left half-way, and nothing else ever.
DELETE FROM key_floor WHERE EXISTS (SELECT 1 FROM unfinished)
