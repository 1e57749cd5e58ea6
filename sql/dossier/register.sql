UPDATE dossier SET register_year = ?3,
  register_no = (SELECT n FROM counter WHERE counter.home_unit = ?1 AND counter.name = 'register' AND counter.period = ?4)
WHERE home_unit = ?1 AND id = ?2
