INSERT INTO lease (name, holder, until_at) VALUES ('write-probe', ?1, ?2)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
