-- SQLite has one writer: nothing to wait for.
SELECT ?1
