-- The most selective word drives; what it finds is bounded before the other words are looked for in each dossier's own text.
SELECT t.home_unit, t.id
FROM (SELECT home_unit, id, term FROM dossier_term WHERE audience = ?1 AND term >= ?2 AND term < ?3
  ORDER BY term DESC, home_unit DESC, id DESC LIMIT ?4) t
--[others] JOIN dossier d ON d.home_unit = t.home_unit AND d.id = t.id AND instr(d.words, ?6) > 0 AND instr(d.words, ?7) > 0 AND instr(d.words, ?8) > 0 AND instr(d.words, ?9) > 0 AND instr(d.words, ?10) > 0
LIMIT ?5
