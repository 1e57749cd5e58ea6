SELECT owner, sha256, size, type, name, at, wrapped, stored FROM file WHERE owner = ?1 AND sha256 = ?2
