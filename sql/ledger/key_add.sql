INSERT INTO stream_key (home_unit, stream, wrapped) VALUES (?1, ?2, ?3)
