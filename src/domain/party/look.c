/* Looking parties up: by keyed hash on a day, by what was merged, by dossier; and what is known of one. See party.h. */
#include "base/timex.h"
#include "domain/party/party_private.h"

static void take_ref(struct arena *a, const struct rows *r, struct party_ref *out)
{
    *out = (struct party_ref){.home_unit = str_dup(a, row_str(r, 0))};
    memcpy(out->id.b, row_str(r, 1).p, ID_BYTES);
}

static bool same(struct party_ref a, struct party_ref b) { return id_eq(a.id, b.id) && str_eq(a.home_unit, b.home_unit); }

static bool among(const struct party_ref *list, size_t n, struct party_ref one)
{
    for (size_t i = 0; i < n; i++)
        if (same(list[i], one))
            return true;
    return false;
}

enum err party_find(const struct keyring *k, struct db *db, struct arena *a, struct str type, struct str number, int64_t day,
                    struct party_ref *out)
{
    unsigned char hash[PARTY_HASH_BYTES];
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_FIND, p_hash(hash, party_number_hash(a, k, type, number)), p_int(PARTY_KEY_VERSION), p_int(day));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    take_ref(a, &r, out);
    return rows_end(&r);
}

/* --- one person, several streams --- */

static enum err points_to(struct db *db, struct arena *a, struct party_ref of, struct party_ref *into, bool *merged_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_INTO, p_text(of.home_unit), p_bytes(id_str(&of.id)));
    *merged_r = !e && rows_next(&r) && row_str(&r, 0).n && row_str(&r, 1).n == ID_BYTES;
    if (*merged_r)
        take_ref(a, &r, into);
    return e ? e : rows_end(&r);
}

static enum err merged_into(struct db *db, struct arena *a, struct party_ref survivor, struct party_ref *list, size_t *n)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_MERGED, p_text(survivor.home_unit), p_bytes(id_str(&survivor.id)), p_int(PARTY_GROUP_MAX + 1));
    while (!e && rows_next(&r)) {
        if (*n > PARTY_GROUP_MAX) /* a merge refuses that */
            return ERR_CORRUPT;
        take_ref(a, &r, &list[(*n)++]);
    }
    return e ? e : rows_end(&r);
}

enum err party_group(struct db *db, struct arena *a, struct party_ref of, struct party_ref **refs_r, size_t *n_r)
{
    struct party_ref *list = ARENA_ARRAY(a, struct party_ref, PARTY_GROUP_MAX + 1);
    enum err e = ERR_OK;
    bool merged = true;
    list[0] = of;
    *refs_r = list;
    *n_r = 0;
    for (int steps = 0; merged && !e; steps++) {
        if (steps > PARTY_GROUP_MAX)
            return ERR_CORRUPT;
        e = points_to(db, a, list[0], &list[0], &merged);
    }
    size_t n = 1;
    for (size_t i = 0; i < n && !e; i++)
        e = merged_into(db, a, list[i], list, &n);
    *n_r = e ? 0 : n;
    return e;
}

/* The last to bear it, whether she still does or not. */
static enum err last_bearer(struct db *db, struct arena *a, struct str hash, int64_t key_version, struct party_ref *out)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_BEARERS, p_bytes(hash), p_int(key_version), p_int(1));
    if (e)
        return e;
    if (!rows_next(&r)) {
        e = rows_end(&r);
        return e ? e : ERR_NOT_FOUND;
    }
    take_ref(a, &r, out);
    return rows_end(&r);
}

enum err parties_of_number(const struct keyring *k, struct db *db, struct arena *a, struct str number, struct party_ref **refs_r, size_t *n_r)
{
    static const char *const types[] = {"personal_number", "passport", "tax_code", "other"};
    struct party_ref *all = ARENA_ARRAY(a, struct party_ref, ARRAY_LEN(types) * (PARTY_GROUP_MAX + 1));
    size_t n = 0;
    enum err e = ERR_OK;
    for (size_t t = 0; t < ARRAY_LEN(types) && !e; t++) {
        unsigned char hash[PARTY_HASH_BYTES];
        struct party_ref one, *group;
        size_t group_n = 0;
        struct param h = p_hash(hash, party_number_hash(a, k, str_of(types[t]), party_number_neat(a, str_trim(number))));
        e = last_bearer(db, a, h.s, PARTY_KEY_VERSION, &one);
        if (!e)
            e = party_group(db, a, one, &group, &group_n);
        for (size_t i = 0; i < group_n && !e; i++)
            if (!among(all, n, group[i]))
                all[n++] = group[i];
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
    }
    *refs_r = all;
    *n_r = n;
    return e;
}

enum err party_hashes(struct db *db, struct arena *a, struct party_ref of, struct str **hashes_r, size_t *n_r)
{
    struct str *all = ARENA_ARRAY(a, struct str, PARTY_IDENTIFIERS_MAX);
    int64_t version[PARTY_IDENTIFIERS_MAX];
    size_t n = 0, own = 0;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_HASHES, p_text(of.home_unit), p_bytes(id_str(&of.id)));
    while (!e && n < PARTY_IDENTIFIERS_MAX && rows_next(&r)) {
        version[n] = row_i64(&r, 1);
        all[n++] = str_dup(a, row_str(&r, 0));
    }
    if (!e)
        e = rows_end(&r);
    for (size_t i = 0; i < n && !e; i++) {
        struct party_ref last;
        e = last_bearer(db, a, all[i], version[i], &last);
        if (!e && same(last, of))
            all[own++] = all[i];
    }
    *hashes_r = all;
    *n_r = own;
    return e;
}

enum err party_dossiers(struct db *db, struct arena *a, struct party_ref of, struct party_dossier **rows_r, size_t *n_r)
{
    size_t n = 0, room = 16;
    struct party_dossier *list = ARENA_ARRAY(a, struct party_dossier, room);
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_PARTY_LINKS, p_text(of.home_unit), p_bytes(id_str(&of.id)), p_int(PARTY_DOSSIERS_MAX));
    while (!e && n < PARTY_DOSSIERS_MAX && rows_next(&r)) {
        if (n == room) {
            struct party_dossier *more = ARENA_ARRAY(a, struct party_dossier, room * 2);
            memcpy(more, list, n * sizeof *list);
            list = more;
            room *= 2;
        }
        struct party_dossier *d = &list[n++];
        *d = (struct party_dossier){.dossier_home = str_dup(a, row_str(&r, 0)), .role = str_dup(a, row_str(&r, 3)), .place = row_i64(&r, 2)};
        memcpy(d->dossier.b, row_str(&r, 1).p, ID_BYTES);
    }
    *rows_r = list;
    *n_r = n;
    return e ? e : rows_end(&r);
}

/* --- what is known of one --- */

static void put_day(json_t *o, const char *field, int64_t day)
{
    char text[16];
    date_format(day, text);
    json_object_set_new(o, field, json_string(text));
}

static void known_number(json_t *list, const struct applied *e)
{
    if (!get_s(e->personal, "id_number").n)
        return;
    json_t *o = json_object();
    put_i(o, "no", get_i(e->payload, "no"));
    put_s(o, "id_type", get_s(e->personal, "id_type"));
    put_s(o, "id_number", get_s(e->personal, "id_number"));
    if (get_i(e->personal, "valid_from_day"))
        put_day(o, "valid_from", get_i(e->personal, "valid_from_day"));
    json_array_append_new(list, o);
}

static void ended_number(json_t *list, const struct applied *e)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) {
        if (get_i(v, "no") == get_i(e->payload, "no"))
            put_day(v, "valid_to", get_i(e->payload, "valid_to_day"));
    }
}

static void lay_over(json_t *all, const json_t *fields)
{
    static const char *const not_hers[] = {"id_type", "id_number", "valid_from_day", "reason"};
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)fields, key, v) {
        bool other = false;
        for (size_t i = 0; i < ARRAY_LEN(not_hers); i++)
            other |= strcmp(key, not_hers[i]) == 0;
        if (!other && json_string_length(v))
            json_object_set(all, key, v);
        else if (!other)
            json_object_del(all, key);
    }
}

enum err party_personal(const struct keyring *k, struct db *db, struct arena *a, struct str home_unit, struct id id, const json_t **out_r)
{
    *out_r = NULL;
    struct key key;
    enum err e = stream_key_load(k, db, home_unit, id, &key);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    json_t *all = arena_json(a, json_object()), *numbers = json_array();
    json_object_set_new(all, "identifiers", numbers);
    struct rows r _rows_ = {0};
    e = db_query(db, &r, STMT_PARTY_KNOWN, p_text(home_unit), p_bytes(id_str(&id)));
    while (!e && rows_next(&r)) {
        struct event ev;
        struct applied applied;
        event_from_row(&r, &ev);
        e = applied_from(a, k, &key, &ev, &applied);
        if (e)
            break;
        const json_t *fields = json_object_get(applied.personal, "fields");
        if (str_is(ev.type, "party.identifier_ended"))
            ended_number(numbers, &applied);
        else
            known_number(numbers, &applied);
        if (str_is(ev.type, "party.registered") || fields)
            lay_over(all, fields ? fields : applied.personal);
    }
    *out_r = all;
    return e ? e : rows_end(&r);
}
