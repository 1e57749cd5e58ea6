/* Verbs about the store itself: init, migrate, verify, replay, export, import, erase, version. */
#include "app/background.h"
#include "app/verbs.h"
#include "domain/account/account.h"
#include "domain/command/exchange.h"
#include "domain/command/findings.h"
#include "domain/command/replay.h"
#include "domain/dossier/dossier.h"
#include "domain/party/party.h"
#include "domain/reference/reference.h"
#include <errno.h>
#include <stdlib.h>

#ifndef MOTCUA_VERSION
#define MOTCUA_VERSION "0.1.0"
#endif

int verb_version(struct args *a)
{
    fprintf(a->out, a->json ? "{\"version\":\"%s\"}\n" : "motcua %s\n", MOTCUA_VERSION);
    return EXIT_DONE;
}

int verb_init(struct args *a)
{
    struct fail f = {0};
    struct app_init in = {a->dir, args_take(a, "--engine"), args_take(a, "--dsn"), args_take(a, "--province"), args_flag(a, "--rehearsal"),
                          args_flag(a, "--empty")};
    if (!args_done(a))
        return EXIT_USAGE;
    if (app_init(&in, &f))
        return verb_refuse(a, &f);
    fprintf(a->out, a->json ? "{\"dir\":\"%s\"}\n" : "ready: %s\n", a->dir);
    return EXIT_DONE;
}

int verb_migrate(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    int code;
    if (!args_done(a))
        return EXIT_USAGE;
    if (!(app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    struct str home = app->config.province[0] ? str_of(app->config.province) : STR("VN");
    enum err e = reference_adopt_built_in(&app->room, home, time_machine_ms(), &f);
    verb_close(a, &own);
    if (e)
        return verb_refuse(a, &f);
    if (a->json)
        fprintf(a->out, "{\"dir\":\"%s\"}\n", a->dir);
    return EXIT_DONE;
}

int verb_verify(struct args *a)
{
    struct app app;
    struct fail f = {0};
    struct verify_report report;
    struct hash known;
    const char *root = args_take(a, "--root");
    if (!args_done(a))
        return EXIT_USAGE;
    if (root && !hex_parse(str_of(root), known.b, HASH_BYTES)) {
        fputs("motcua verify DIR [--root HEX] [--json]: a root has 64 hexadecimal digits\n", a->err);
        return EXIT_USAGE;
    }
    enum err e = app_open_facts(&app, a->dir, &f);
    if (e) {
        app_close(&app);
        return verb_refuse(a, &f);
    }
    e = ledger_verify(app.room.store, &report);
    app_close(&app);
    if (e) {
        fprintf(a->err, "motcua: the store cannot be read (%s)\n", err_info(e)->name);
        return EXIT_NOT_AVAILABLE;
    }
    int code = verify_print(a->out, &report, root ? &known : NULL, a->json);
    if (root && !report.fault && !hash_eq(&report.root, &known)) {
        fail_add(&f, ERR_CORRUPT, NULL, "", "verify.root-differs", "%s", root);
        app_print_fail(a->err, a->language, &f);
    }
    return code;
}

int verb_replay(struct args *a)
{
    struct app own, *app;
    struct replay_report *report = calloc(1, sizeof *report);
    int code;
    if (!args_done(a) || !report)
        return EXIT_USAGE;
    if ((app = verb_open(a, APP_READ, &own, &code))) {
        enum err e = replay_run(app->room.store, &app->room.keyring, app_aggregates, app_aggregate_count, report, a->json ? NULL : a->out);
        if (e && !report->problem[0])
            snprintf(report->problem, sizeof report->problem, "%s", err_info(e)->name);
        code = replay_print(a->out, report, a->json); /* also of what broke off: how far it came, and why no further */
        if (e && e != ERR_CORRUPT)
            code = EXIT_NOT_AVAILABLE;
        verb_close(a, &own);
    }
    free(report);
    return code;
}

int verb_export(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct exchange_report report;
    const char *path = args_take(a, "--out"), *keys = args_take(a, "--keys");
    bool zstd = args_flag(a, "--zstd");
    int code;
    if (!args_done(a))
        return EXIT_USAGE;
    if (!(app = verb_open(a, APP_READ, &own, &code)))
        return code;
    FILE *out = path ? fopen(path, "wbx") : a->out;
    enum err e = ERR_OK;
    if (!out)
        e = errno == EEXIST ? fail_add(&f, ERR_CONFLICT, NULL, "", "export.exists", "%s", path)
                            : fail_add(&f, errno == ENOSPC ? ERR_NO_SPACE : ERR_UNAVAILABLE, NULL, "", "export.file", "%s: %s", path, strerror(errno));
    if (!e)
        e = export_run(app->room.store, &app->room.keyring, out, zstd, keys, &report, &f);
    if (path && out && fclose(out) != 0 && !e)
        e = fail_add(&f, ERR_NO_SPACE, NULL, "", "export.file", "%s: %s", path, strerror(errno));
    verb_close(a, &own);
    if (e)
        return verb_refuse(a, &f);
    return exchange_print(path ? a->out : a->err, &report, a->json); /* without --out the facts themselves are on standard output */
}

int verb_import(struct args *a)
{
    struct app own;
    struct fail f = {0};
    struct exchange_report report;
    const char *keys = args_take(a, "--keys");
    const char *path = a->argc ? a->argv[0] : NULL;
    if (!path || a->argc != 1) {
        fputs("motcua import DIR FILE [--keys FILE]\n", a->err);
        return EXIT_USAGE;
    }
    enum err e = app_open_bare(&own, a->dir, &f);
    if (!e)
        e = import_run(own.room.store, &own.room.keyring, app_aggregates, app_aggregate_count, path, keys, &report, &f);
    app_close(&own);
    if (e)
        return verb_refuse(a, &f);
    return exchange_print(a->out, &report, a->json);
}

/* --- erasure by decision --- */

struct erasing {
    struct app *app;
    struct file_store *files;
    struct arena *a;
    const char *basis, *decision;
    int64_t done, open, parties;
};

static enum err erase(struct erasing *k, const struct aggregate *g, const char *type, struct str home, struct id id, struct outcome *out)
{
    char key[64];
    id_format(id, key);
    json_t *payload = arena_json(k->a, json_pack("{ssss}", "basis", k->basis, "decision", k->decision));
    return command_wait(&k->app->room, k->a,
                        &(struct command){.aggregate = g, .type = str_of(type), .home_unit = home, .stream = id,
                                          .actor = app_system_actor(k->app, k->a), .key = str_printf(k->a, "erase-%s-%lld", key, (long long)time_machine_ms()),
                                          .payload = payload, .now = time_machine_ms()},
                        out);
}

static bool refused_with(const struct outcome *out, const char *code) { return out->fail.n && strcmp(out->fail.item[0].code, code) == 0; }

static enum err erase_dossier(struct erasing *k, struct str home, struct id id, struct fail *f)
{
    struct outcome out = {0};
    struct dossier_files files = {k->app->room.store, k->app->room.writer, k->files};
    enum err e = erase(k, &dossier_aggregate, "erase", home, id, &out);
    if (!e)
        k->done++;
    /* Before: the parties' streams have yet to hear of it, and the files perhaps, too. A follower does the same should we die here. */
    if (!e || refused_with(&out, "dossier.erased"))
        return dossier_forget_files(&files, k->a, home, id);
    else if (out.err == ERR_CONFLICT)
        k->open++;
    else
        *f = out.fail;
    return out.err == ERR_CONFLICT ? ERR_OK : e;
}

static enum err erase_party(struct erasing *k, struct party_ref party, struct fail *f)
{
    struct outcome out = {0};
    enum err e = erase(k, &party_aggregate, "party_erase", party.home_unit, party.id, &out);
    if (!e)
        k->parties++;
    else if (refused_with(&out, "party.erased")) /* one of several streams that were merged */
        return ERR_OK;
    else
        *f = out.fail;
    return e;
}

/* Her dossiers under every number, then her own streams: these stay while a dossier of hers is open. */
static enum err erase_person(struct erasing *k, struct db *db, struct str number, struct fail *f)
{
    struct dossier_ref *refs = NULL;
    struct party_ref *parties = NULL;
    size_t n = 0, parties_n = 0;
    const struct keyring *keyring = &k->app->room.keyring;
    enum err e = parties_of_number(keyring, db, k->a, number, &parties, &parties_n);
    if (!e)
        e = dossiers_of_person(keyring, db, k->a, number, &refs, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = erase_dossier(k, refs[i].home_unit, refs[i].id, f);
    for (size_t i = 0; i < parties_n && !e && !k->open; i++)
        e = erase_party(k, parties[i], f);
    if (!e && !k->open) /* her name stands beside her password */
        e = account_erase(k->app->room.writer, citizen_login(k->a, keyring, number));
    return e;
}

int verb_erase(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    const char *code_text = args_take(a, "--dossier"), *person = args_take(a, "--person");
    struct arena *arena _arena_ = arena_new();
    struct erasing k = {.a = arena, .basis = args_take(a, "--basis"), .decision = args_take(a, "--decision")};
    int code;
    if (!k.basis || !k.decision || !code_text == !person || !args_done(a)) {
        fputs("motcua erase DIR (--dossier CODE | --person NUMBER) --basis TEXT --decision TEXT\n", a->err);
        return EXIT_USAGE;
    }
    if (!(app = k.app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    struct db *db = NULL;
    enum err e = app_open_files(app, &k.files, &f);
    if (!e)
        e = db_open(app->room.store, DB_READ, &db);
    struct str home;
    struct id id;
    if (!e && code_text) {
        e = dossier_find(db, str_of(code_text), &home, &id, arena);
        if (e)
            fail_add(&f, e, NULL, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable", "%s", code_text);
        else
            e = erase_dossier(&k, home, id, &f);
    } else if (!e)
        e = erase_person(&k, db, str_of(person), &f);
    db_close(&db);
    if (!e && !a->app) /* the server's own followers see it by themselves */
        e = background_catch_up(app, k.files);
    file_store_close(&k.files);
    verb_close(a, &own);
    if (!e && person && k.done + k.open + k.parties == 0)
        e = fail_add(&f, ERR_NOT_FOUND, NULL, "", "erase.nobody", NULL); /* a mistyped number must not look like a lawful destruction */
    if (e) {
        if (!f.err)
            fail_add(&f, e, NULL, "", "store.unavailable", NULL);
        code = verb_refuse(a, &f);
        return e == ERR_NOT_FOUND ? EXIT_FINDING : code; /* the words were right: there is nothing by this code */
    }
    fprintf(a->out, a->json ? "{\"erased\":%lld,\"open\":%lld,\"parties\":%lld}\n"
                            : "erased %lld dossiers; %lld are still open and were left; erased %lld records of the person\n",
            (long long)k.done, (long long)k.open, (long long)k.parties);
    return k.open ? EXIT_FINDING : EXIT_DONE;
}
