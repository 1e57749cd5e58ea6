/* Shared by the files of `motcua simulate`. Everything drawn comes from the seed and the number of the dossier, never from the order in
 * which commands happen to end: so the same seed gives the same root on both engines, whatever the window. */
#pragma once
#include "app/app.h"
#include "domain/dossier/dossier.h"

/* --- draws: splitmix64 --- */
struct draws {
    uint64_t s;
};
struct draws draws_for(uint64_t seed, uint64_t no, uint64_t purpose);
uint64_t draw_u64(struct draws *d);
int64_t draw_below(struct draws *d, int64_t n);          /* 0 … n-1 */
int64_t draw_between(struct draws *d, int64_t a, int64_t b); /* a … b */
bool draw_chance(struct draws *d, int64_t per_10000);

/* --- simulate_people.c: made-up people with frequent Vietnamese names and numbers of the rehearsal place 099 --- */
struct people;
struct people *people_load(struct arena *a, struct fail *f);
struct person {
    bool male;
    char name[160], number[24], birth[40], phone[16], address[160];
};
void person_make(const struct people *p, struct draws *d, int64_t today, struct person *out);
/* "Công ty TNHH …" with a tax code whose check digit is right. */
void organisation_make(const struct people *p, struct draws *d, struct person *out);

/* --- simulate_plan.c: who submits what, where and when --- */
enum { PLACE_CLERK, PLACE_OFFICER, PLACE_LEADER, PLACE_ROLES };
struct place { /* a unit that takes part */
    const struct unit *unit;
    int64_t weight;
    bool used; /* by a dossier of the plan */
    struct actor actor[PLACE_ROLES];
};
struct kind { /* a procedure of the mix */
    const struct procedure *p;
    int64_t weight, components; /* components: -1 not read yet */
};
enum fate { /* what will befall it, as far as it gets there */
    FATE_SUPPLEMENT_BEFORE = 1, FATE_SUPPLEMENT_AFTER = 2, FATE_NEVER_BACK = 4, FATE_REFUSED = 8, FATE_REJECTED = 16, FATE_LATE = 32,
    FATE_APOLOGY = 64, FATE_WITHDRAWN = 128, FATE_EXTENDED = 256, FATE_CONSULTED = 512
};
struct submission_plan {
    int64_t at;
    uint32_t no;
    int32_t place, competent, kind; /* competent: place, -1 where none is known */
    bool answered;                  /* by the table of competence */
    enum channel channel;
    unsigned fate;
    const struct territory *home; /* where the owner lives */
};
struct plan {
    struct arena *a;
    const struct rules *rules;
    const struct keyring *keyring;
    uint64_t seed;
    int64_t from, days, to; /* day numbers; `to` in ms */
    int64_t dossiers;
    struct str province;
    struct str only; /* the commune at whose desk all is handed in that communes receive; empty: each by its size */
    struct place *place;
    size_t places, receiving; /* the first `receiving` take dossiers in */
    int64_t *cumulative;      /* of the receiving communes */
    struct kind *kind;
    size_t kinds;
    int64_t *kind_cumulative;
    struct submission_plan *submission; /* in order of place, then time, then number */
};
enum err plan_make(struct plan *p, struct fail *f) CHECKED;
/* `ms` of working time after `at` by the unit's calendar. */
int64_t working_after(const struct rules *rules, struct str unit, int64_t at, int64_t ms);

/* --- simulate_life.c: what happens next to a dossier, and the words of each command --- */
enum deed {
    DEED_NONE, DEED_SUBMIT, DEED_RECEIVE, DEED_REFUSE, DEED_ASK, DEED_SUPPLEMENT, DEED_HAND_OVER, DEED_ACCEPT, DEED_ASSIGN, DEED_CONSULT,
    DEED_ANSWER, DEED_PROPOSE, DEED_EXTEND, DEED_APOLOGISE, DEED_APPROVE, DEED_REJECT, DEED_WITHDRAW, DEED_STOP, DEED_DELIVER, DEEDS
};
extern const char *const deed_name[DEEDS];
struct life {
    const struct submission_plan *plan;
    struct draws draws;
    struct id stream;
    enum deed next;
    int64_t next_at, due_at, finish_at;
    int competent; /* place */
    int state;
    unsigned steps;
};
/* After `d` has become what it is at `now`: sets next and next_at (DEED_NONE: nothing more happens). */
void life_next(const struct plan *p, struct life *l, const struct dossier *d, int64_t now);
/* Fills the command's type, actor and payload; in the arena. */
void life_command(struct plan *p, const struct people *people, struct life *l, struct arena *a, struct command *c);
