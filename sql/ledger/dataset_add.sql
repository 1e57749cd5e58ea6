INSERT INTO dataset (sha256, name, packed) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING
