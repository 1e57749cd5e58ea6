-- As list.sql. OFFSET 0 keeps the planner from joining first and sorting afterwards: it takes home_unit and id for independent, expects few rows,
-- and then would read a whole state for one page.
SELECT w.rank, w.home_unit, w.id, d.code, d.procedure, d.agency, d.state, d.competent_unit, d.task, d.officer, d.owner_name, d.submitter_name,
  d.submitted_at, d.received_at, d.due_at, d.promised_at, d.finished_at, d.late_mark, d.voided, d.register_year, d.register_no, d.version,
  d.soon_at, d.stands_since, d.finished_late
FROM work w CROSS JOIN LATERAL (SELECT * FROM dossier o WHERE o.home_unit = w.home_unit AND o.id = w.id
OFFSET 0) d
WHERE w.audience = ?1 AND w.state = ?2 AND (w.rank, w.home_unit, w.id) > (?3, ?4, ?5)
ORDER BY w.rank, w.home_unit, w.id LIMIT ?6
