SELECT login, kind, display, begun_at, seen_at, until_at FROM session WHERE hash = ?1
