-- One audience and one state, in the order of their index; ?3 ?4 ?5 is the row after which the page begins.
-- What else was asked of the rows is looked at as they come (list.c): no index serves it, so a page may only look at so many.
SELECT w.rank, w.home_unit, w.id, d.code, d.procedure, d.agency, d.state, d.competent_unit, d.task, d.officer, d.owner_name, d.submitter_name,
  d.submitted_at, d.received_at, d.due_at, d.promised_at, d.finished_at, d.late_mark, d.voided, d.register_year, d.register_no, d.version,
  d.soon_at, d.stands_since, d.finished_late
FROM work w JOIN dossier d ON d.home_unit = w.home_unit AND d.id = w.id
WHERE w.audience = ?1 AND w.state = ?2 AND (w.rank, w.home_unit, w.id) > (?3, ?4, ?5)
ORDER BY w.rank, w.home_unit, w.id LIMIT ?6
