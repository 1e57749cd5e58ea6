/* What anybody may know of a dossier, for the API and the pages alike. Without signing in only the code and the degree of completion are
 * told: not the state, for that it was refused, withdrawn or entered by mistake is nobody's business. Whoever knows the last four digits of a phone
 * of the dossier, or may read it, is told more. A confidential dossier is not there for others; a wrong guess looks like no guess. */
#pragma once
#include "domain/dossier/dossier.h"

struct tracked {
    struct str home_unit;
    struct id id;
    struct dossier dossier;
    int64_t version;
    bool more; /* may be told its state, when, and what to do */
    bool own;  /* may read it: signed in as a party or as staff of its scope */
};
/* `typed`: a code as somebody typed it; `phone_end`: four digits or empty (whoever calls counts the guesses); actor NULL: nobody.
 * ERR_NOT_FOUND: no such dossier, or a confidential one. */
enum err dossier_track(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, struct str typed, struct str phone_end,
                       struct tracked *out) CHECKED;

enum { DOSSIER_LEVELS = 5 };
struct dossier_level {
    const char *name; /* submitted, received, processing, done, ended */
    int step;         /* 1 … DOSSIER_LEVELS */
};
/* "ended" is said of every way to end, a result in hand as well as a refusal: which one is part of the state. */
struct dossier_level dossier_level(const struct dossier *d);
/* What the applicant does now: wait, supplement, pay, collect, nothing. */
const char *dossier_to_do(const struct dossier *d);
