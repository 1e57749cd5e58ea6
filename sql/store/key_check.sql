SELECT hash FROM key_check WHERE id = ?1
