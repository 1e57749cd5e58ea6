-- A living dossier cites this owner's copy, or cites the content by one who has no copy of his own.
SELECT c.id FROM cited_file c WHERE c.sha256 = ?1 AND (c.actor = ?2
OR NOT EXISTS (SELECT 1 FROM file f WHERE f.owner = c.actor AND f.sha256 = c.sha256 AND f.wrapped IS NOT NULL)) LIMIT 1
