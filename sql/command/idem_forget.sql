-- Refusals that nobody will ask for again, a batch at a time; the answers of what was done stay.
DELETE FROM idem WHERE (actor_home, actor, key) IN (SELECT actor_home, actor, key FROM idem WHERE at < ?1 AND refusal IS NOT NULL ORDER BY at LIMIT ?2)
AND refusal IS NOT NULL RETURNING 1
