/* The rehearsal: real dossiers played through every role by the command queue alone (docs/internals/demo.md).
 *
 *   demo.c            the verb: people, then every step of every story in order of time, then timelines, verify, replay
 *   demo_people.c     units, staff and citizens: who there is, accounts, and who acts in a step
 *   demo_cases.c      the stories, as tables: who, when, what, and which refusal or date is expected
 *   demo_play.c       one step: its payload, its command, was it as the story expects?
 *   demo_tell.c       the timeline of a dossier, told from its events
 *   demo_residence.c  followers and jobs on the rehearsal clock; the police: the connector, and its stand-in as a process of its own */
#pragma once
#include "app/app.h"
#include "domain/dossier/dossier.h"
#include <stdio.h>

enum { DEMO_STORIES_MAX = 48, DEMO_STEPS_MAX = 40, DEMO_CITIZENS = 40 };

/* One thing that somebody does. Times are local: "2026-11-23 09:00". */
struct demo_step {
    const char *when;
    const char *who;     /* login; "dan:7" citizen no 7; "may" the machine (stand-in:stop, stand-in:start) */
    const char *command; /* of the dossier's table, or "submit" */
    const char *payload; /* JSON with ' for its quotes, in which @7 stands for the fields of citizen no 7, #key for the code of another story's dossier */
    const char *due;     /* NULL, or the due time that must come out */
    const char *refused; /* NULL, or the code of the refusal that the story provokes */
};
struct demo_story {
    const char *key, *title;
    const struct demo_step *steps;
    size_t n;
    const char *ends; /* state that it must end in */
};
extern const struct demo_story demo_stories[];
extern const size_t demo_story_count;

/* A refusal on purpose, told in its place in the timeline. */
struct demo_refusal {
    int64_t at;
    const char *who, *command;
    struct fail fail;
};
struct demo_dossier {
    struct str home;
    struct id id;
    struct str code;
    struct demo_refusal refusal[DEMO_STEPS_MAX];
    size_t refusals;
};

struct demo_residence;
struct demo {
    struct app *app;
    struct arena *a;
    const struct rules *rules;
    struct db *db;
    FILE *out;   /* NULL with --json: only the document at the end */
    int64_t now;
    struct demo_dossier dossier[DEMO_STORIES_MAX];
    struct demo_residence *residence;
    int64_t done, repeated, refused, wrong; /* commands; `wrong`: not as the story says */
    bool again; /* the first command was a repetition: this folder has been played before */
    json_t *names;
};

int64_t demo_time(const char *local); /* "2026-11-23 09:00" */
/* A deviation from what the story says: counted, and told on stderr. */
void demo_wrong(struct demo *d, const char *where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* demo_people.c */
enum err demo_people(struct demo *d, struct fail *f) CHECKED;
enum err demo_actor(struct demo *d, const char *who, int64_t now, struct actor *out, struct fail *f) CHECKED;
/* `"kind":"person","name":…` of citizen no `n`, without braces. */
struct str demo_citizen(struct demo *d, int n);
/* "Cán bộ tiếp nhận (N.T.L.), Ủy ban nhân dân phường Bình Đức": role, initials, unit. */
struct str demo_describe(struct demo *d, struct str actor_id, struct str unit);
enum err demo_accounts(struct demo *d, struct fail *f) CHECKED;

/* demo_play.c */
enum err demo_play(struct demo *d, size_t story, size_t step, struct fail *f) CHECKED;

/* demo_tell.c */
enum err demo_tell(struct demo *d, size_t story, json_t *into) CHECKED;

/* demo_residence.c */
enum err demo_residence_open(struct demo *d, const char *program, struct fail *f) CHECKED;
void demo_residence_close(struct demo *d);
enum err demo_stand_in_start(struct demo *d, struct fail *f) CHECKED;
void demo_stand_in_stop(struct demo *d);
/* Followers and jobs up to `to`, hour by hour; sets d->now. */
enum err demo_advance(struct demo *d, int64_t to, struct fail *f) CHECKED;
enum err demo_settle(struct demo *d, struct fail *f) CHECKED;
