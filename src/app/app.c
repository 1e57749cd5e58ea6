/* See app.h. */
#include "app/app.h"
#include "base/dataset.h"
#include "base/log.h"
#include "domain/amend/amend.h"
#include "domain/dossier/dossier.h"
#include "domain/party/party.h"
#include "domain/point/point.h"
#include "domain/reference/reference.h"
#include "domain/staff/staff.h"
#include "store/files.h"
#include "view/messages.h"
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const struct aggregate *const app_aggregates[] = {&reference_aggregate, &amend_aggregate, &staff_aggregate, &party_aggregate, &point_aggregate, &dossier_aggregate};
const size_t app_aggregate_count = ARRAY_LEN(app_aggregates);

static enum err open_store(struct app *app, struct fail *f)
{
    char path[CONFIG_PATH_MAX + 20];
    snprintf(path, sizeof path, "%s/motcua.db", app->dir);
    bool pg = strcmp(app->config.engine, "postgres") == 0;
    app->room.store = store_new(&(struct store_config){pg ? ENGINE_POSTGRES : ENGINE_SQLITE, path, app->config.dsn, app->config.schema});
    app->room.queue_max = (int)app->config.queue_max;
    app->room.keyring = keyring_from_master(&app->keys.master);
    app->room.keyring.rehearsal = app->keys.rehearsal;
    app->room.keyring.seed = app->keys.seed;
    app->room.aggregates = app_aggregates;
    app->room.aggregate_count = app_aggregate_count;
    (void)f;
    return ERR_OK;
}

static enum err start_room(struct app *app, int lanes, void (*after_commit)(void *), void *arg, struct fail *f)
{
    enum err e = engine_room_start(&app->room, lanes, after_commit, arg);
    if (e && app->room.unknown[0])
        return fail_add(f, e, NULL, "", "store.newer-release", "%s", app->room.unknown);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : ERR_OK;
}

enum err app_reload_rules(struct app *app, struct fail *f)
{
    struct db *db _db_ = NULL;
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    struct hash stamp; /* asked before the build: what comes meanwhile is built once more, never missed */
    e = amend_stamp(db, str_of(app->config.province), &stamp);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    e = amend_rules_load(&app->room, db, str_of(app->config.province), app->config.rehearsal, f);
    if (!e)
        app->rules_stamp = stamp;
    malloc_trim(0); /* what the build needed for the moment goes back to the system */
    return e;
}

/* SQLite would make an empty store in the place of one that was lost, and that would verify. */
static enum err store_exists(const struct app *app, struct fail *f)
{
    char path[CONFIG_PATH_MAX + 20];
    snprintf(path, sizeof path, "%s/motcua.db", app->dir);
    if (strcmp(app->config.engine, "postgres") == 0 || access(path, F_OK) == 0)
        return ERR_OK;
    return fail_add(f, ERR_NOT_FOUND, NULL, "", "store.absent", "%s", path);
}

/* The first that writes leaves a mark of its key; nobody with another key writes after. */
static enum err keys_fit(struct app *app, bool mark, struct fail *f)
{
    struct hash own = KEYED_HASH(&app->room.keyring.pepper, STR("whose store is this"));
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    enum err e = db_open(app->room.store, mark ? DB_WRITE : DB_READ, &db);
    if (!e)
        e = db_query(db, &r, STMT_STORE_KEY_CHECK, p_int(1));
    bool there = !e && rows_next(&r), mine = there && str_eq(row_str(&r, 0), hash_str(&own));
    if (!e)
        e = there ? (rows_close(&r), ERR_OK) : rows_end(&r);
    if (!e && there && !mine)
        return fail_add(f, ERR_CONFLICT, NULL, "", "keys.other-store", NULL);
    if (!e && !there && mark && !(e = db_begin(db)) && !(e = db_exec(db, STMT_STORE_KEY_CHECK_ADD, p_bytes(hash_str(&own)))))
        e = db_commit(db);
    return e ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : ERR_OK;
}

enum err app_open_facts(struct app *app, const char *dir, struct fail *f)
{
    *app = (struct app){.dir = dir, .lock = DIR_LOCK_NONE};
    enum err e = config_load(dir, &app->config, f);
    if (!e)
        e = store_exists(app, f);
    if (!e)
        e = open_store(app, f);
    return e ? e : store_schema_current(app->room.store, f);
}

enum err app_open_bare(struct app *app, const char *dir, struct fail *f)
{
    *app = (struct app){.dir = dir, .lock = DIR_LOCK_NONE};
    enum err e = config_load(dir, &app->config, f);
    if (!e)
        e = keys_load(dir, &app->keys, f);
    if (!e)
        e = dir_lock(dir, &app->lock, f);
    if (!e)
        e = open_store(app, f);
    return e ? e : store_migrate(app->room.store, f);
}

enum err app_open(struct app *app, const char *dir, enum app_use use, void (*after_commit)(void *), void *arg, struct fail *f)
{
    *app = (struct app){.dir = dir, .lock = DIR_LOCK_NONE};
    enum err e = config_load(dir, &app->config, f);
    if (!e)
        e = keys_load(dir, &app->keys, f);
    if (!e)
        e = store_exists(app, f);
    if (!e && use == APP_WRITE)
        e = dir_lock(dir, &app->lock, f);
    if (!e)
        e = open_store(app, f);
    if (!e)
        e = use == APP_WRITE ? store_migrate(app->room.store, f) : store_schema_current(app->room.store, f);
    if (!e)
        e = keys_fit(app, use == APP_WRITE, f);
    if (!e && use == APP_WRITE) {
        e = start_room(app, (int)app->config.lanes, after_commit, arg, f);
    }
    if (!e)
        e = app_reload_rules(app, f);
    return e;
}

void app_close(struct app *app)
{
    writer_stop(&app->room.writer);
    rules_publish(&app->room, NULL);
    store_free(&app->room.store);
    dir_unlock(&app->lock);
}

enum err app_open_files(struct app *app, struct file_store **files_r, struct fail *f)
{
    char dir[CONFIG_PATH_MAX + 20];
    snprintf(dir, sizeof dir, "%s/files", app->dir);
    return file_store_open(&(struct file_store_config){.dir = dir, .writer = app->room.writer, .wrap = app->room.keyring.wrap,
                                                       .max_bytes = app->config.files_max_mb << 20}, files_r, f);
}

static enum err make_dir(const char *dir, struct fail *f)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return ERR_OK;
    return fail_add(f, errno == ENOSPC ? ERR_NO_SPACE : ERR_UNAVAILABLE, NULL, "", "dir.cannot-make", "%s: %s", dir, strerror(errno));
}

/* Before anything is made: is there such a province today, by this release's own data? */
static enum err known_province(struct str code, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct rules rules;
    if (!code.n)
        return ERR_OK;
    enum err e = rules_load(a, &dataset_source_built_in, STR(""), false, &rules, f);
    const struct territory *t = e ? NULL : territory_latest(rules.org, code);
    if (!e && (!t || t->level != LEVEL_PROVINCE || t->valid_to != INT64_MAX))
        e = fail_add(f, ERR_INVALID, NULL, "", "init.province", "%.*s", PRS(code));
    return e;
}

enum err app_init(const struct app_init *in, struct fail *f)
{
    struct config c = config_default();
    snprintf(c.engine, sizeof c.engine, "%s", in->engine ? in->engine : "sqlite");
    snprintf(c.dsn, sizeof c.dsn, "%s", in->dsn ? in->dsn : "");
    snprintf(c.province, sizeof c.province, "%s", in->province ? in->province : "");
    c.rehearsal = in->rehearsal;
    if (strcmp(c.engine, "sqlite") != 0 && strcmp(c.engine, "postgres") != 0)
        return fail_add(f, ERR_INVALID, NULL, "", "init.engine", "%s", c.engine);
    if (strcmp(c.engine, "postgres") == 0 && !c.dsn[0])
        return fail_add(f, ERR_INVALID, NULL, "", "init.dsn", NULL);
    enum err e = known_province(str_of(c.province), f);
    struct key seed = keys_seed(STR("motcua rehearsal"));
    if (!e)
        e = make_dir(in->dir, f);
    if (!e)
        e = config_write(in->dir, &c, f);
    if (!e)
        e = keys_create(in->dir, in->rehearsal ? &seed : NULL, f);
    if (e)
        return e;
    struct app app = {.dir = in->dir, .lock = DIR_LOCK_NONE, .config = c};
    if (!(e = keys_load(in->dir, &app.keys, f)) && !(e = dir_lock(in->dir, &app.lock, f)) && !(e = open_store(&app, f))
        && !(e = store_migrate(app.room.store, f)) && !(e = keys_fit(&app, true, f)) && !in->empty) {
        e = start_room(&app, 1, NULL, NULL, f);
        if (!e)
            e = reference_adopt_built_in(&app.room, c.province[0] ? str_of(c.province) : STR("VN"), in->rehearsal ? 0 : time_machine_ms(), f);
    }
    app_close(&app);
    return e;
}

enum language app_language(void)
{
    static const char *const names[] = {"MOTCUA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return strncmp(value, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
    }
    return LANGUAGE_VI;
}

void app_print_fail(FILE *err, enum language language, const struct fail *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct buf b _buf_ = BUF_MAX(2000);
        if (!message_write(&b, f->item[i].code, f->item[i].param, language))
            buf_c(&b, f->item[i].param);
        fprintf(err, "motcua: %.*s (%s%s%s%s%s)\n", PRS(buf_view(&b)), f->item[i].code, f->item[i].pointer[0] ? " " : "", f->item[i].pointer,
                f->rule[0] ? ", " : "", f->rule);
    }
    if (!f->n)
        fprintf(err, "motcua: %s\n", err_info(f->err)->name);
}

struct actor app_system_actor(struct app *app, struct arena *a)
{
    struct actor actor;
    const struct rules *rules = app_rules(app, a);
    staff_system_actor(rules, a, rules->province.n ? rules->province : STR("VN"), time_machine_ms(), &actor);
    return actor;
}
