SELECT d.packed FROM reference r JOIN dataset d ON d.sha256 = r.sha256 WHERE r.name = ?1
