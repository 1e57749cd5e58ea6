-- What was handed in at a desk since a moment, newest first: ids begin with the time of submission.
SELECT id, owner_name, submitter_name, register_year, register_no FROM dossier WHERE home_unit = ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3
