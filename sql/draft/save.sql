-- Two who change it at once: one gets no row.
UPDATE draft SET sealed = ?4, version = version + 1, changed_at = ?5, until_at = ?6 WHERE id = ?1 AND owner = ?2 AND version = ?3 RETURNING version
