/* What the tests of the dossier share: the real rules of this release, actors with real rights, and a play, in which commands go through
 * decide and apply without a store, as domain/command does it. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "domain/dossier/dossier_private.h"

struct world {
    struct arena *a;
    struct rules rules; /* An Giang (91), rehearsal */
    struct keyring keyring;
};
extern struct world world;
int world_setup(void **state);
int world_teardown(void **state);

/* A person or machine: one role in one unit (more by actor_grant), or a citizen with a personal number. */
enum { GRANTS_MAX = 6 };
struct who {
    struct actor actor;
    struct principal principal;
    struct role_grant grant[GRANTS_MAX];
    struct hash own;
};
/* unit NULL: a citizen; number: her own personal number or NULL; cleared: for restricted dossiers. */
struct who *who_new(struct arena *a, const char *id, enum role role, const char *unit, const char *number, bool cleared, int64_t now);

/* The member of staff of that id who was made last since cast_new; NULL: nobody is that. */
const struct actor *staff_named(struct str id);
/* What named.c finds in a store, found among them. */
void name_people(const struct command *c, struct dossier_inputs *in);

enum { PLAY_EVENTS_MAX = 64 };
struct play {
    struct arena *a;
    const struct rules *rules;
    int64_t now;
    int64_t seq;
    struct dossier s;         /* carried from command to command through save and load */
    struct applied event[PLAY_EVENTS_MAX];
    size_t events;
    struct fail fail;         /* of the last command */
    size_t last;              /* index of the first event of the last command */
    struct id stream;
    struct str home;
    bool (*may_cite)(const struct dossier_inputs *in, struct str sha256);
};
struct play *play_new(struct arena *a, const char *at);
/* One command; moves the clock forward only if the caller did. The payload is taken over. */
enum err play_json(struct play *p, const struct who *w, const char *type, json_t *payload);
/* The payload as text, with ' for ". */
enum err play_do(struct play *p, const struct who *w, const char *type, const char *payload, ...) __attribute__((format(printf, 4, 5)));
void play_at(struct play *p, const char *at); /* "2026-11-23 09:00" */
int64_t test_at(const char *at);
/* The field of the last command's event of that type, plain or personal; NULL when there is none. */
const json_t *play_field(const struct play *p, const char *event, const char *field);
/* R-082 as the regulation has it, with our additions (docs/decisions/0001-states.md). */
bool transition_allowed(int from, int to);
bool saved_equal(const struct dossier *x, const struct dossier *y);

/* A submission: parts that are NULL take what a usual birth registration has. */
struct asked {
    const char *procedure, *channel, *receiving, *owner_territory, *more; /* more: further members, with a comma before */
};
enum err play_submit(struct play *p, const struct who *w, struct asked q);

#define assert_ok(p, call) \
    do { \
        enum err e_ = (call); \
        if (e_) \
            fail_msg("%s: %s %s '%s' (%s)", #call, err_info(e_)->name, (p)->fail.item[0].code, (p)->fail.item[0].pointer, (p)->fail.item[0].param); \
    } while (0)
/* Refused, with this rule ("" for none), this code somewhere at this pointer; and no event. */
void play_refused(const struct play *p, enum err got, enum err want, const char *rule, const char *pointer, const char *code, const char *file, int line);
#define assert_refused(p, call, want, rule, pointer, code) play_refused((p), (call), (want), (rule), (pointer), (code), __FILE__, __LINE__)
void play_state(const struct play *p, int state, const char *task, const char *next_at, const char *file, int line);
#define assert_state(p, state, task, next_at) play_state((p), (state), (task), (next_at), __FILE__, __LINE__)
void play_time(int64_t got, const char *want, const char *file, int line);
#define assert_time(got, want) play_time((got), (want), __FILE__, __LINE__)

/* The people of Phường Rạch Giá (30292) and around. */
struct cast {
    struct who *clerk, *officer, *leader, *records, *returner, *postal, *stranger, *police, *police_link, *owner, *neighbour, *department, *centre, *controller, *system;
};
#define PLAY(at) \
    (void)state; \
    struct arena *a _arena_ = arena_new(); \
    struct play *p = play_new(a, at); \
    struct cast c = cast_new(a, p->now); \
    (void)c
struct cast cast_new(struct arena *a, int64_t now);
/* Received for 1.004873 (three working days) and assigned to the officer. */
void working(struct play *p, const struct cast *c);
