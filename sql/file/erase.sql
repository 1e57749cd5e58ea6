UPDATE file SET wrapped = NULL WHERE owner = ?1 AND sha256 = ?2
