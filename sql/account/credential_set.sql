INSERT INTO credential (login, kind, display, password, second, second_used, fails, locked_until, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6)
ON CONFLICT (login) DO UPDATE SET kind = excluded.kind, display = excluded.display, password = excluded.password, second = excluded.second,
  second_used = 0, fails = 0, locked_until = 0, changed_at = excluded.changed_at
