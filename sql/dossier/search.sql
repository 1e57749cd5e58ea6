-- The most selective word drives; what it finds is bounded before the other words are asked of each.
SELECT t.home_unit, t.id
FROM (SELECT home_unit, id, term FROM dossier_term WHERE audience = ?1 AND term >= ?2 AND term < ?3
  ORDER BY term DESC, home_unit DESC, id DESC LIMIT ?4) t
WHERE t.term >= ?2
--[second] AND EXISTS (SELECT 1 FROM dossier_term s WHERE s.audience = ?1 AND s.home_unit = t.home_unit AND s.id = t.id AND s.term >= ?6 AND s.term < ?7)
--[third] AND EXISTS (SELECT 1 FROM dossier_term s WHERE s.audience = ?1 AND s.home_unit = t.home_unit AND s.id = t.id AND s.term >= ?8 AND s.term < ?9)
--[fourth] AND EXISTS (SELECT 1 FROM dossier_term s WHERE s.audience = ?1 AND s.home_unit = t.home_unit AND s.id = t.id AND s.term >= ?10 AND s.term < ?11)
--[fifth] AND EXISTS (SELECT 1 FROM dossier_term s WHERE s.audience = ?1 AND s.home_unit = t.home_unit AND s.id = t.id AND s.term >= ?12 AND s.term < ?13)
--[sixth] AND EXISTS (SELECT 1 FROM dossier_term s WHERE s.audience = ?1 AND s.home_unit = t.home_unit AND s.id = t.id AND s.term >= ?14 AND s.term < ?15)
LIMIT ?5
