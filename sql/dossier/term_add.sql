-- Up to eight words at once; NULL where there are fewer.
INSERT INTO dossier_term (audience, term, home_unit, id)
SELECT CAST(?1 AS $text), t.column1, CAST(?2 AS $text), CAST(?3 AS $bytes)
FROM (VALUES (CAST(?4 AS $text)), (CAST(?5 AS $text)), (CAST(?6 AS $text)), (CAST(?7 AS $text)), (CAST(?8 AS $text)), (CAST(?9 AS $text)),
  (CAST(?10 AS $text)), (CAST(?11 AS $text))) AS t
WHERE t.column1 IS NOT NULL ON CONFLICT DO NOTHING
