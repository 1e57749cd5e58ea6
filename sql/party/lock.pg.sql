-- Until the end of the transaction: two units that meet one person at once decide one after the other.
SELECT CAST(CASE WHEN pg_advisory_xact_lock(?1) IS NULL THEN 0 ELSE 1 END AS $int)
