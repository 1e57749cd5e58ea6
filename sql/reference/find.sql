SELECT sha256 FROM reference WHERE name = ?1
