SELECT CAST(MAX(number) AS $int) FROM schema_version WHERE number > ?1
