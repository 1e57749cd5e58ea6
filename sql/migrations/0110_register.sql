-- The register of a day (R-128) is read by the moment of receipt.
CREATE INDEX dossier_received ON dossier (home_unit, received_at) WHERE received_at > 0;
