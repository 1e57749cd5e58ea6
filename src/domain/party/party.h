/* Parties: the people and organisations of a dossier, as they declare themselves. A dossier freezes what was declared; who they are across
 * dossiers is the party stream's business. Here: pure checking and normalising of one declared party.
 *
 * Personal numbers (số định danh cá nhân) have 12 digits: 3 of the place of first registration, 1 of century and sex, 2 of the year of birth, 6
 * free; there is no check digit. So a number can contradict a birth date or sex, and never proves one. Rehearsal people use place 099,
 * which is not assigned. */
#pragma once
#include "base/err.h"
#include <jansson.h>

enum { PARTIES_MAX = 40, PARTY_NAME_MAX = 200, PARTY_TEXT_MAX = 500 };

struct party_context {
    struct arena *arena;
    bool rehearsal;
    int64_t today; /* day number */
};

/* Roles a party may have in a dossier. */
bool party_role_known(struct str role);
/* Checks one declared party at `pointer` ("/parties/0") and gives the normalised object (a new reference: NFC, trimmed name, phone as
 * 0…, upper-case passport), or NULL with every complaint in f (ERR_INVALID). */
json_t *party_check(const struct party_context *c, const json_t *in, const char *pointer, struct fail *f);

/* "" when right, else the message code. sex: "male", "female" or empty; birth_day: INT64_MIN when unknown. */
const char *personal_number_complaint(struct str number, struct str sex, int64_t birth_day, bool rehearsal);
/* 10 digits with check digit, 13 with branch ("0100109106-001" or without hyphen), or a person's 12-digit number (since 1/7/2025). */
const char *tax_code_complaint(struct str code);
/* "0912 345 678", "+84912345678" → "0912345678" into out (16 bytes); false when it is no Vietnamese number. */
bool phone_normalise(struct str in, char out[16]);
bool email_plausible(struct str in);
