-- What an import left half-way, and nothing else ever.
DELETE FROM stream_key WHERE EXISTS (SELECT 1 FROM unfinished)
