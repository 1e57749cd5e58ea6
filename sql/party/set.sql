-- A party's row: never with anything of the person.
INSERT INTO party (home_unit, id, kind, into_home, into_id, merged_at, registered_at, erased) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (home_unit, id) DO UPDATE SET into_home = excluded.into_home, into_id = excluded.into_id, merged_at = excluded.merged_at, erased = excluded.erased
