SELECT CAST(0 AS $int) AS rank, home_unit, id, code, procedure, agency, state, competent_unit, task, officer, owner_name, submitter_name,
  submitted_at, received_at, due_at, promised_at, finished_at, late_mark, voided, register_year, register_no, version,
  soon_at, stands_since, finished_late
FROM dossier WHERE home_unit = ?1 AND id = ?2
