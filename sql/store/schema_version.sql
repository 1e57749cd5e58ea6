SELECT checksum FROM schema_version WHERE number = ?1
