/* What the pages of tracking and verification show. */
#pragma once
#include "domain/dossier/result.h"
#include "face/citizen/find.h"

struct track_model {
    const struct tracked *t;
    struct dossier_level level;
    struct str state, to_do, unit, procedure, dates;
    struct str digits; /* as typed */
    bool late, act; /* act: the applicant has something to do */
};
struct verify_model {
    struct str code, unit, procedure, date;
    struct issued_result result;
};
