SELECT owner FROM file WHERE stored = ?1 AND wrapped IS NOT NULL
