INSERT INTO key_check (id, hash) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING
