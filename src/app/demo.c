/* motcua demo: plays the rehearsal and looks whether the ledger tells the same. See demo_private.h and docs/internals/demo.md. */
#include "app/demo_private.h"
#include "app/verbs.h"
#include "base/log.h"
#include "domain/command/findings.h"
#include "domain/command/replay.h"
#include <stdlib.h>

#define PROVINCE "91" /* An Giang, which took in Kiên Giang; a store of the whole country will do, too */
#define OPENS "2026-11-23 08:00" /* Monday */

/* A step's place in the order of all stories. */
struct turn {
    int64_t at;
    size_t story, step;
};

static int by_time(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->story != y->story)
        return x->story < y->story ? -1 : 1;
    return x->step < y->step ? -1 : x->step > y->step;
}

static struct turn *all_turns(struct demo *d, size_t *n_r)
{
    size_t n = 0;
    for (size_t i = 0; i < demo_story_count; i++)
        n += demo_stories[i].n;
    struct turn *turns = ARENA_ARRAY(d->a, struct turn, n);
    n = 0;
    for (size_t i = 0; i < demo_story_count; i++)
        for (size_t k = 0; k < demo_stories[i].n; k++)
            turns[n++] = (struct turn){demo_time(demo_stories[i].steps[k].when), i, k};
    qsort(turns, n, sizeof *turns, by_time);
    *n_r = n;
    return turns;
}

static enum err play_all(struct demo *d, struct fail *f)
{
    size_t n;
    const struct turn *turns = all_turns(d, &n);
    enum err e = ERR_OK;
    for (size_t i = 0; i < n && !e; i++) {
        e = demo_advance(d, turns[i].at, f);
        if (!e)
            e = demo_play(d, turns[i].story, turns[i].step, f);
    }
    return e;
}

static enum err tell_all(struct demo *d, json_t *list)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < demo_story_count && !e; i++)
        e = demo_tell(d, i, list);
    return e;
}

/* What the ledger and a replay say to it. */
static enum err examine(struct demo *d, json_t *report, struct fail *f)
{
    struct verify_report verified;
    struct replay_report *replayed = calloc(1, sizeof *replayed);
    if (!replayed)
        abort();
    enum err e = ledger_verify(d->app->room.store, &verified);
    if (!e)
        e = replay_run(d->app->room.store, &d->app->room.keyring, app_aggregates, app_aggregate_count, replayed, stderr);
    if (e) {
        fail_add(f, e, NULL, "", "demo.examine", "%s", replayed->problem);
    } else {
        char root[2 * HASH_BYTES + 1];
        hex_format(verified.root.b, HASH_BYTES, root);
        d->wrong += verified.fault + replayed->differences;
        json_object_set_new(report, "root", json_string(root));
        json_object_set_new(report, "dossiers", json_integer(verified.dossiers));
        json_object_set_new(report, "streams", json_integer(verified.streams));
        json_object_set_new(report, "erased", json_integer(verified.erased));
        json_object_set_new(report, "events", json_integer(verified.events));
        json_object_set_new(report, "units", json_integer(verified.units));
        json_object_set_new(report, "fault", json_boolean(verified.fault));
        json_object_set_new(report, "replay", json_pack("{sIsIsI}", "tables", (json_int_t)replayed->tables, "rows", (json_int_t)replayed->rows,
                                                        "differences", (json_int_t)replayed->differences));
        if (d->out) {
            fprintf(d->out, "\nKiểm tra sổ:\n");
            verify_print(d->out, &verified, NULL, false);
            fprintf(d->out, "Dựng lại từ sự kiện:\n");
            replay_print(d->out, replayed, false);
        }
    }
    free(replayed);
    return e;
}

static void summary(struct demo *d, struct args *a, json_t *report)
{
    json_object_set_new(report, "commands", json_pack("{sIsIsI}", "done", (json_int_t)d->done, "repeated", (json_int_t)d->repeated, "refused",
                                                      (json_int_t)d->refused));
    json_object_set_new(report, "wrong", json_integer(d->wrong));
    if (a->json) {
        char *text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
        fprintf(a->out, "%s\n", text);
        free(text);
    } else
        fprintf(a->out, "\nLệnh đã thực hiện %lld, câu trả lời lặp lại %lld, từ chối có chủ ý %lld, sai lệch %lld\n", (long long)d->done,
                (long long)d->repeated, (long long)d->refused, (long long)d->wrong);
}

static enum err rehearse(struct demo *d, struct args *a, const char *stand_in, struct fail *f)
{
    json_t *report = arena_json(d->a, json_object()), *told = json_array();
    json_object_set_new(report, "dossiers_told", told);
    d->now = demo_time(OPENS);
    enum err e = db_open(d->app->room.store, DB_READ, &d->db);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    e = demo_people(d, f);
    if (!e)
        e = demo_residence_open(d, stand_in, f);
    if (!e)
        e = play_all(d, f);
    if (!e)
        e = demo_settle(d, f);
    demo_residence_close(d);
    if (!e)
        e = demo_accounts(d, f);
    if (!e && (e = tell_all(d, told)))
        fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (!e)
        e = examine(d, report, f);
    if (!e)
        summary(d, a, report);
    return e;
}

int verb_demo(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct arena *arena _arena_ = arena_new();
    const char *stand_in = args_take(a, "--stand-in");
    int code;
    if (!args_done(a))
        return EXIT_USAGE;
    log_level_set(LOG_ERROR); /* an outage is part of the play: it stands in the timeline */
    if (!(app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    struct demo *d = ARENA_NEW(arena, struct demo);
    *d = (struct demo){.app = app, .a = arena, .rules = app_rules(app, arena), .out = a->json ? NULL : a->out};
    enum err e = ERR_OK;
    if (!app->room.keyring.rehearsal)
        e = fail_add(&f, ERR_CONFLICT, NULL, "", "demo.not-a-rehearsal", "%s", a->dir);
    else if (d->rules->province.n && !str_is(d->rules->province, PROVINCE))
        e = fail_add(&f, ERR_CONFLICT, NULL, "", "demo.other-province", "%.*s", PRS(d->rules->province));
    else
        e = rehearse(d, a, stand_in, &f);
    db_close(&d->db);
    verb_close(a, &own);
    return e ? exit_of(&f) : d->wrong ? EXIT_FINDING : EXIT_DONE;
}
