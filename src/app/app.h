/* One opened store: what every verb and the server share. The only room that knows all others. */
#pragma once
#include "base/config.h"
#include "base/keys.h"
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include "view/messages.h"
#include <stdio.h>

struct bell;
struct health;

struct app {
    const char *dir;
    struct config config;
    struct keys keys;
    struct engine_room room;
    struct dir_lock lock;
    struct hash rules_stamp; /* of what the rules in force were built from */
    /* Inside a server, for verbs that come through the control socket; NULL otherwise. */
    struct bell *bell;
    struct health *health;
};

/* All kinds of streams, for replay and import. */
extern const struct aggregate *const app_aggregates[];
extern const size_t app_aggregate_count;

enum app_use { APP_READ, APP_WRITE }; /* APP_WRITE takes the lock of the folder and starts the writer */
/* Opens DIR: configuration, keys, store, schema, rules. Every refusal is in f. app_close also after a failure. */
enum err app_open(struct app *app, const char *dir, enum app_use use, void (*after_commit)(void *), void *arg, struct fail *f) CHECKED;
/* Only configuration, keys, lock and an up-to-date schema: for an import into an empty store. */
enum err app_open_bare(struct app *app, const char *dir, struct fail *f) CHECKED;
void app_close(struct app *app);
/* The content store of an app that was opened for writing; closed before it. */
struct file_store;
enum err app_open_files(struct app *app, struct file_store **files_r, struct fail *f) CHECKED;
/* Makes DIR with configuration and keys, the schema, and adopts the reference data. */
struct app_init {
    const char *dir, *engine, *dsn, *province;
    bool rehearsal;
    bool empty; /* no reference data yet: for an import, which brings its own */
};
enum err app_init(const struct app_init *in, struct fail *f) CHECKED;
/* English where MOTCUA_LANG, or else LC_ALL, LC_MESSAGES or LANG, begins with "en"; Vietnamese otherwise. */
enum language app_language(void);
/* Prints a failure as a person reads it, one complaint a line. */
void app_print_fail(FILE *err, enum language language, const struct fail *f);
/* The rules in force for a verb or a run: held until the arena is reset. */
static inline const struct rules *app_rules(struct app *app, struct arena *a) { return rules_for(&app->room, a); }
/* Builds the rules anew from the store and swaps them in, also when nothing changed. After a failure the old ones stay. */
enum err app_reload_rules(struct app *app, struct fail *f) CHECKED;
/* An actor for the machine itself: the command line, jobs. */
struct actor app_system_actor(struct app *app, struct arena *a);
