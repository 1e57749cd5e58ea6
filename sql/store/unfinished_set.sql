INSERT INTO unfinished (what, since) VALUES (?1, ?2) ON CONFLICT (what) DO NOTHING
