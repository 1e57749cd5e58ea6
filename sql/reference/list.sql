SELECT name, sha256, home_unit, id FROM reference WHERE name > ?1 ORDER BY name
