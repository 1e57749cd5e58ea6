-- The same content of the same owner lies there once; after a lawful destruction it may come again.
INSERT INTO file (owner, sha256, size, type, name, at, wrapped, stored) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (owner, sha256) DO UPDATE SET size = excluded.size, type = excluded.type, name = excluded.name, at = excluded.at,
wrapped = excluded.wrapped, stored = excluded.stored WHERE file.wrapped IS NULL
