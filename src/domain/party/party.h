/* Parties: the people and organisations of dossiers. A dossier freezes what was declared (party_check); who they are across dossiers is a
 * stream of their own, in the unit that met them first. How a stream comes about from a dossier, what it holds, and how two streams are
 * found to be one person: docs/internals/party.md.
 *
 * The one thing to know: nothing of a person stands in clear outside the sealed part of events. State and tables hold keyed hashes of
 * numbers, with the version of the key, and dates; so the only search is the exact one, and dropping the stream's key forgets the person.
 *
 * Personal numbers (số định danh cá nhân) have 12 digits: 3 of the place of first registration, 1 of century and sex, 2 of the year of birth, 6
 * free; there is no check digit. So a number can contradict a birth date or sex, and never proves one. Rehearsal people use place 099,
 * which is not assigned. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include "domain/follower/follower.h"
#include "domain/job/job.h"

enum { PARTIES_MAX = 40, PARTY_NAME_MAX = 200, PARTY_TEXT_MAX = 500 };

struct party_context {
    struct arena *arena;
    bool rehearsal;
    int64_t today; /* day number */
};

/* Roles a party may have in a dossier. */
bool party_role_known(struct str role);
/* What a declared party may say (fields_known_only). */
#define PARTY_KNOWN "name birth_date sex territory address phone email nationality ethnicity"
#define PARTY_DECLARED "role kind id_type id_number " PARTY_KNOWN
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
/* As it is kept and hashed: without blanks and dots, upper case. */
struct str party_number_neat(struct arena *a, struct str raw);

/* --- the stream --- */

enum {
    PARTY_KEY_VERSION = 1, /* of the pepper that keyring_from_master derives; rows of another version are not found by its hashes */
    PARTY_IDENTIFIERS_MAX = 32,
    PARTY_GROUP_MAX = 64 /* streams that are one person */
};

/* S text, I integer (times in ms UTC, 0 for none). Events set them by these names. */
#define PARTY_FIELDS(S, I) \
    S(kind) /* "person" or "organisation" */ \
    I(registered_at) I(erased) \
    S(into_home) S(into) I(merged_at) /* the stream that this one was merged into; "" for none */

/* A number during [from, to), days; from 0: since before we knew, to INT64_MAX: open; equal: it never was hers. */
struct party_identifier {
    int64_t no; /* 1, 2 … in its stream */
    struct str type, hash; /* PARTY_HASH_BYTES in hex, as dossiers have it */
    int64_t key_version, from, to;
};
/* What tells people apart, as keyed hashes bound to the stream: whether another declaration agrees, and nothing else. */
enum party_fact { PARTY_FACT_NAME, PARTY_FACT_BIRTH_DATE, PARTY_FACT_SEX, PARTY_FACTS };
struct party {
#define S(name) struct str name;
#define I(name) int64_t name;
    PARTY_FIELDS(S, I)
#undef S
#undef I
    struct str fact[PARTY_FACTS]; /* hex; "" unknown */
    const struct party_identifier *identifier;
    size_t identifiers;
};

extern const struct aggregate party_aggregate;
/* The commands, in the order of the table; NULL past the last. */
const char *party_command_at(size_t i);

/* --- looking up (look.c) --- */

struct party_ref {
    struct str home_unit;
    struct id id;
};
/* The stream that bears this number on that day, or the next one to bear it: not what it was merged into. ERR_NOT_FOUND. */
enum err party_find(const struct keyring *k, struct db *db, struct arena *a, struct str type, struct str number, int64_t day,
                    struct party_ref *out) CHECKED;
/* All streams that are one person with this one, itself among them: its survivor first. */
enum err party_group(struct db *db, struct arena *a, struct party_ref of, struct party_ref **refs_r, size_t *n_r) CHECKED;
/* Every stream of the person who bears this number, of whichever type, or was the last to bear it. n 0: nobody. */
enum err parties_of_number(const struct keyring *k, struct db *db, struct arena *a, struct str number, struct party_ref **refs_r, size_t *n_r) CHECKED;
/* The dossiers in which this stream stands: place counts from 0, as declared. At most PARTY_DOSSIERS_MAX. */
enum { PARTY_DOSSIERS_MAX = 10000 };
struct party_dossier {
    struct str dossier_home, role;
    struct id dossier;
    int64_t place;
};
enum err party_dossiers(struct db *db, struct arena *a, struct party_ref of, struct party_dossier **rows_r, size_t *n_r) CHECKED;
/* The numbers of this stream by which a dossier may be found: those that no other person bore later. */
enum err party_hashes(struct db *db, struct arena *a, struct party_ref of, struct str **hashes_r, size_t *n_r) CHECKED;
/* What is known of her, with corrections laid over: {"name": …, "identifiers": [{"no", "id_type", "id_number", "valid_from", "valid_to"}]};
 * NULL when erased. In the arena. Declared data of a dossier stays in the dossier. */
enum err party_personal(const struct keyring *k, struct db *db, struct arena *a, struct str home_unit, struct id id, const json_t **out_r) CHECKED;

/* --- following dossiers (link.c) --- */

/* Makes a job for each dossier that was submitted, corrected or erased; the room must outlive it. */
struct follower party_follower(void);
/* Its job: finds or registers the stream of each declared party, and says which dossiers it stands in. */
struct job_kind party_link_job(struct engine_room *room);
