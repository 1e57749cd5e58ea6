SELECT owner, sha256, size, type, name, at, wrapped, stored FROM file WHERE (owner, sha256) > (?1, ?2) ORDER BY owner, sha256 LIMIT ?3
