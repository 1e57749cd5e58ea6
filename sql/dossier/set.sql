-- Names, words and the place in the register are given with the first event; what changes them later says so itself (names.sql, register.sql).
INSERT INTO dossier (home_unit, id, code, procedure, agency, sector, state, channel, competent_unit, task, officer, submitted_at,
  received_at, due_at, promised_at, finished_at, delivered_at, late_mark, voided, erased, version, soon_at, stands_since, finished_late,
  owner_name, submitter_name, words, register_year, register_no)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, 0, 0)
ON CONFLICT (home_unit, id) DO UPDATE SET procedure = excluded.procedure, agency = excluded.agency, sector = excluded.sector,
  state = excluded.state, competent_unit = excluded.competent_unit, task = excluded.task, officer = excluded.officer,
  received_at = excluded.received_at, due_at = excluded.due_at, promised_at = excluded.promised_at, finished_at = excluded.finished_at,
  delivered_at = excluded.delivered_at, late_mark = excluded.late_mark, voided = excluded.voided, erased = excluded.erased, version = excluded.version,
  soon_at = excluded.soon_at, stands_since = excluded.stands_since, finished_late = excluded.finished_late
