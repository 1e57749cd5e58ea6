-- Moves a cursor only from where it was read: whoever comes second gets no row and does nothing.
INSERT INTO follower (home_unit, name, pos) VALUES (?1, ?2, ?3)
ON CONFLICT (home_unit, name) DO UPDATE SET pos = excluded.pos WHERE follower.pos = ?4 RETURNING pos
