-- Is anything here already? An import wants an empty store.
SELECT CASE WHEN EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM unit_head) OR EXISTS (SELECT 1 FROM stream_key)
  OR EXISTS (SELECT 1 FROM dataset) OR EXISTS (SELECT 1 FROM idem) OR EXISTS (SELECT 1 FROM job) THEN 1 ELSE 0 END
