/* The command line: one function a verb. main.c has the table; each verb_*.c a few of them. A verb returns the exit code of the contract:
 * 0 done, 1 a finding, 2 usage, 3 not available. Reports go to `out` (one JSON document with --json), all else to stderr. */
#pragma once
#include "app/app.h"
#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FINDING = 1, EXIT_USAGE = 2, EXIT_NOT_AVAILABLE = 3 };

struct args {
    int argc;      /* what follows the verb and DIR */
    char **argv;
    const char *dir;
    bool json;
    FILE *out, *err; /* inside the server both go back to the caller */
    enum language language; /* of refusals: the caller's, also inside the server */
    struct app *app; /* set when the verb runs inside the server (control.c): it must use this one */
};
/* The value after `--name`, or NULL; takes both off the list. */
const char *args_take(struct args *a, const char *name);
bool args_flag(struct args *a, const char *name);
/* False (and a sentence on err) when words are left that nobody took. */
bool args_done(struct args *a);

struct verb {
    const char *name, *usage, *does;
    int (*run)(struct args *a);
    bool through_server; /* writes: goes through the running server when there is one */
    bool (*before)(struct args *a); /* runs where the caller is, before any server is asked: what must come from its stdin. False: refused, and said on err. NULL: nothing */
};
extern const struct verb verbs[];
extern const size_t verb_count;

int verb_init(struct args *a);
int verb_serve(struct args *a);
int verb_demo(struct args *a);
int verb_verify(struct args *a);
int verb_replay(struct args *a);
int verb_export(struct args *a);
int verb_import(struct args *a);
int verb_simulate(struct args *a);
int verb_bench(struct args *a);
int verb_token(struct args *a);
int verb_user(struct args *a);
bool verb_user_before(struct args *a);
int verb_procedure(struct args *a);
int verb_unit(struct args *a);
int verb_erase(struct args *a);
int verb_migrate(struct args *a);
int verb_version(struct args *a);
int verb_jobs(struct args *a);
int verb_clock(struct args *a);
int verb_rule(struct args *a);
int verb_point(struct args *a);
int verb_print(struct args *a);

/* Opens for a verb, or takes the server's; prints why not and gives the exit code in *code_r. */
struct app *verb_open(struct args *a, enum app_use use, struct app *own, int *code_r);
void verb_close(struct args *a, struct app *own);
int verb_refuse(struct args *a, const struct fail *f); /* prints it on err and gives its exit code */
/* The end of a verb that gave one command: refuses, or says on out "WORD: SEQ" (`word` NULL: says nothing, it only listed). */
int verb_answer(struct args *a, enum err e, struct fail *f, const char *word, int64_t seq);
int exit_of(const struct fail *f);                     /* the same on stderr, for verbs that never run inside the server */

/* What is left of the words, as a command's payload: `--valid-from 2027-01-01` is "valid_from", `--limit.unit days` is in "limit". */
struct payload_shape {
    const char *const *lists, *const *numbers; /* fields that are lists with commas, fields that are numbers; each ends with NULL */
};
json_t *args_payload(struct args *a, const struct payload_shape *shape);
/* The same as a command by the machine itself, and its outcome. */
enum err args_command(struct args *a, struct app *app, struct arena *arena, const struct aggregate *g, const char *type, struct str home, struct id stream,
                      const struct payload_shape *shape, struct outcome *out) CHECKED;

/* --- control socket: DIR/control.sock, only for the owner of DIR --- */
struct control;
/* `changed` is called after every verb that ran: rights may be other ones now. */
struct control *control_start(struct app *app, void (*changed)(void *), void *arg, struct fail *f);
void control_stop(struct control **c);
/* Runs the verb in the server that serves DIR. False: nobody serves it. */
bool control_call(const char *dir, const char *verb, struct args *a, int *code_r);
