-- The name may name a person.
UPDATE file SET wrapped = NULL, name = '' WHERE owner = ?1 AND sha256 = ?2
