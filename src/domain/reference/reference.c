/* See reference.h. */
#include "domain/reference/reference.h"
#include "domain/command/upcast.h"
#include "base/buf.h"
#include "base/dataset.h"
#include <stdio.h>
#include <stdlib.h>

struct reference {
    int64_t adoptions;
};

static enum err apply(void *state, struct arena *a, const struct applied *e)
{
    struct reference *r = state;
    (void)a;
    (void)e; /* there is one type */
    r->adoptions++;
    return ERR_OK;
}

static void save(struct buf *b, const void *state) { buf_printf(b, "{\"adoptions\":%lld}", (long long)((const struct reference *)state)->adoptions); }

static enum err load(void *state, struct arena *a, struct str saved)
{
    (void)a;
    json_t *j = json_loadb(saved.p, saved.n, 0, NULL);
    ((struct reference *)state)->adoptions = json_integer_value(json_object_get(j, "adoptions"));
    json_decref(j);
    return ERR_OK;
}

static enum err decide(struct decision *d)
{
    const json_t *in = json_object_get(d->command->payload, "datasets");
    const char *name;
    json_t *sha;
    if (!str_is(d->command->actor.id, "system"))
        return fail_add(&d->fail, ERR_FORBIDDEN, NULL, "", "rights.role", NULL);
    if (!str_is(d->command->type, "reference_adopt") || !json_is_object(in) || json_object_size(in) == 0)
        return fail_add(&d->fail, ERR_INVALID, NULL, "/datasets", "field.required", NULL);
    json_object_foreach((json_t *)(uintptr_t)in, name, sha) {
        unsigned char bytes[HASH_BYTES];
        if (!json_is_string(sha) || !hex_parse(str_of(json_string_value(sha)), bytes, sizeof bytes))
            return fail_add(&d->fail, ERR_INVALID, NULL, "/datasets", "file.name", "%.100s", name);
    }
    decision_event(d, "reference.adopted", 1, json_pack("{sO}", "datasets", in), NULL, STR(""));
    return ERR_OK;
}

static enum err project(struct db *db, const struct keyring *k, const void *before, const void *after, const struct applied *e, size_t n)
{
    (void)k;
    (void)before;
    (void)after;
    enum err err = ERR_OK;
    for (size_t i = 0; i < n && !err; i++) {
        const char *name;
        json_t *sha;
        json_object_foreach(json_object_get(e[i].payload, "datasets"), name, sha) {
            unsigned char bytes[HASH_BYTES];
            if (!hex_parse(str_of(json_string_value(sha)), bytes, sizeof bytes))
                return ERR_CORRUPT;
            if (!err)
                err = db_exec(db, STMT_REFERENCE_SET, p_c(name), p_bytes(str_bytes(bytes, sizeof bytes)), p_text(e[i].head.home_unit),
                              p_bytes(id_str(&e[i].head.stream)));
        }
    }
    return err;
}

static const struct event_type types[] = {
    {"reference.adopted", 1},
};

const struct aggregate reference_aggregate = {
    .kind = "reference", .state_size = sizeof(struct reference), .apply = apply, .save = save, .load = load, .decide = decide, .project = project,
    .types = types, .type_count = ARRAY_LEN(types),
};

static enum err adopted(struct db *db, const char *name, struct hash *sha256_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_REFERENCE_FIND, p_c(name));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    if (row_str(&r, 0).n != HASH_BYTES)
        return ERR_CORRUPT;
    memcpy(sha256_r->b, row_str(&r, 0).p, HASH_BYTES);
    return rows_end(&r);
}

static enum err stored(struct db *db, const struct hash *sha256, struct arena *a, struct str *packed_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEDGER_DATASET, p_bytes(hash_str(sha256)));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    *packed_r = str_dup(a, row_str(&r, 1));
    struct hash is = dataset_hash(*packed_r);
    e = rows_end(&r);
    return e ? e : memcmp(is.b, sha256->b, HASH_BYTES) ? ERR_CORRUPT : ERR_OK;
}

enum err reference_get(void *db, const char *name, struct arena *a, struct str *packed_r)
{
    struct hash sha256;
    enum err e = adopted(db, name, &sha256);
    if (e)
        return e;
    const struct dataset *own = dataset_find(str_of(name));
    if (!own || memcmp(own->sha256.b, sha256.b, HASH_BYTES) != 0)
        return stored(db, &sha256, a, packed_r);
    *packed_r = own->packed;
    return ERR_OK;
}

/* The stream if there is one, and of this release's datasets those that are not adopted in these bytes. */
static enum err missing(struct db *db, json_t *wanted, struct str *home, struct id *id, struct arena *a)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_REFERENCE_LIST, p_c(""));
    while (!e && rows_next(&r)) {
        char name[100], hex[HASH_BYTES * 2 + 1];
        snprintf(name, sizeof name, "%.*s", PRS(row_str(&r, 0)));
        hex_format(row_str(&r, 1).p, HASH_BYTES, hex);
        *home = str_dup(a, row_str(&r, 2));
        memcpy(id->b, row_str(&r, 3).p, ID_BYTES);
        const char *have = json_string_value(json_object_get(wanted, name));
        if (have && strcmp(have, hex) == 0)
            json_object_del(wanted, name);
    }
    return e ? e : rows_end(&r);
}

enum err reference_adopt_built_in(struct engine_room *room, struct str home_unit, int64_t now, struct fail *f)
{
    struct arena *a _arena_ = arena_new();
    struct db *db _db_ = NULL;
    json_t *wanted = arena_json(a, json_object());
    struct id id = {0};
    enum err e = db_open(room->store, DB_WRITE, &db);
    for (size_t i = 0; i < dataset_count && !e; i++) {
        char hex[HASH_BYTES * 2 + 1];
        hex_format(datasets[i].sha256.b, HASH_BYTES, hex);
        json_object_set_new(wanted, datasets[i].name, json_string(hex));
        e = db_exec(db, STMT_LEDGER_DATASET_ADD, p_bytes(hash_str(&datasets[i].sha256)), p_c(datasets[i].name), p_bytes(datasets[i].packed));
    }
    if (!e)
        e = missing(db, wanted, &home_unit, &id, a);
    if (e)
        return fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (json_object_size(wanted) == 0)
        return ERR_OK;
    char *text = json_dumps(wanted, JSON_COMPACT | JSON_SORT_KEYS);
    struct hash key = SHA256(str_of(text));
    char hex[HASH_BYTES * 2 + 1];
    hex_format(key.b, HASH_BYTES, hex);
    free(text);
    struct outcome out = {0};
    e = command_wait(room, a,
                     &(struct command){.aggregate = &reference_aggregate, .type = STR("reference_adopt"), .home_unit = home_unit, .stream = id,
                                       .actor = {.id = STR("system"), .unit = STR("")}, .key = str_of(hex),
                                       .payload = arena_json(a, json_pack("{sO}", "datasets", wanted)), .now = now},
                     &out);
    if (e)
        *f = out.fail;
    return e;
}
