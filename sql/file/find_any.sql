SELECT owner, sha256, size, type, name, at, wrapped, stored FROM file WHERE sha256 = ?1 AND wrapped IS NOT NULL ORDER BY owner LIMIT 1
