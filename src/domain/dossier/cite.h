/* Files that a dossier cites. A file is seen by whoever brought it, and through a dossier that cites it by all who may read that dossier.
 * So a command may cite only what its principal brought or may read already: else citing would be a way to look. */
#pragma once
#include "domain/dossier/dossier.h"

/* May this actor read the file through a dossier? *owner_r: who cited it there first, whose copy it is (""  when it was nobody's upload).
 * ERR_NOT_FOUND otherwise. Looks at no more than CITING_DOSSIERS_MAX dossiers that cite it. */
enum { CITING_DOSSIERS_MAX = 200 };
enum err dossier_file_readable(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, const struct hash *sha256,
                               struct str *owner_r) CHECKED;
