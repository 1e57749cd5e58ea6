-- A code of the second factor counts once: of two who show the same, one gets no row.
UPDATE credential SET fails = 0, locked_until = 0, second_used = CASE WHEN ?2 > 0 THEN ?2 ELSE second_used END
WHERE login = ?1 AND (?2 = 0 OR second_used < ?2) RETURNING login
