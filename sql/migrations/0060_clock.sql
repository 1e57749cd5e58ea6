-- What the verdict on time reads besides the dates, so that a row of a list says what the dossier itself says (R-096, R-097, R-098).
ALTER TABLE dossier ADD COLUMN soon_at $int NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN stands_since $int NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN finished_late $int NOT NULL DEFAULT 0;
