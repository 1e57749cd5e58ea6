/* State of a party: apply, save, load. Numbers come in sealed and stay as keyed hashes, made with this store's pepper when applied. See
 * party.h. */
#include "base/timex.h"
#include "base/vn.h"
#include "domain/party/party_private.h"

const char *const party_fact_names[PARTY_FACTS] = {"name", "birth_date", "sex"};

struct field {
    const char *name;
    bool text;
    size_t offset;
};
static const struct field fields[] = {
#define S(name) {#name, true, offsetof(struct party, name)},
#define I(name) {#name, false, offsetof(struct party, name)},
    PARTY_FIELDS(S, I)
#undef S
#undef I
};

static void set_fields(struct party *p, struct arena *a, const json_t *from)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!json_object_get(from, fields[i].name))
            continue;
        if (fields[i].text)
            *(struct str *)(void *)((char *)p + fields[i].offset) = str_dup(a, get_s(from, fields[i].name));
        else
            *(int64_t *)(void *)((char *)p + fields[i].offset) = get_i(from, fields[i].name);
    }
}

/* --- keyed hashes --- */

static struct str hex_of(struct arena *a, const struct hash *h)
{
    char hex[2 * PARTY_HASH_BYTES + 1];
    hex_format(h->b, PARTY_HASH_BYTES, hex);
    return str_dup(a, str_of(hex));
}

struct str party_fact_hash(struct arena *a, const struct keyring *k, struct id stream, enum party_fact f, struct str value)
{
    struct str folded = f == PARTY_FACT_NAME ? vn_fold(a, value) : value; /* how a name was typed is no difference */
    if (!folded.n)
        return STR("");
    struct hash h = KEYED_HASH(&k->pepper, STR("party fact"), id_str(&stream), str_of(party_fact_names[f]), folded);
    return hex_of(a, &h);
}

struct str party_number_type(struct str type, struct str number)
{
    return str_is(type, "tax_code") && number.n == 12 ? STR("personal_number") : type;
}

struct str party_number_hash(struct arena *a, const struct keyring *k, struct str type, struct str number)
{
    struct hash h = personal_hash(k, str_c(a, party_number_type(type, number)), number);
    return hex_of(a, &h);
}

const struct party_identifier *party_identifier_of(const struct party *p, struct str hash, bool open)
{
    for (size_t i = 0; i < p->identifiers; i++)
        if (str_eq(p->identifier[i].hash, hash) && (!open || p->identifier[i].to == INT64_MAX))
            return &p->identifier[i];
    return NULL;
}

/* --- apply --- */

static void set_facts(struct party *p, struct arena *a, const struct applied *e, const json_t *from)
{
    for (int f = 0; f < PARTY_FACTS && e->keyring; f++)
        if (json_object_get(from, party_fact_names[f]))
            p->fact[f] = party_fact_hash(a, e->keyring, e->head.stream, (enum party_fact)f, get_s(from, party_fact_names[f]));
}

/* Lists are replaced as wholes: state that was copied before must not change under its reader. */
static struct party_identifier *copy_identifiers(const struct party *p, struct arena *a)
{
    struct party_identifier *list = ARENA_ARRAY(a, struct party_identifier, p->identifiers + 1);
    for (size_t i = 0; i < p->identifiers; i++)
        list[i] = p->identifier[i];
    return list;
}

static void add_identifier(struct party *p, struct arena *a, const struct applied *e)
{
    struct str number = get_s(e->personal, "id_number"), type = get_s(e->personal, "id_type");
    if (!number.n || !e->keyring) /* none yet, or erased */
        return;
    struct party_identifier *list = copy_identifiers(p, a);
    list[p->identifiers++] = (struct party_identifier){get_i(e->payload, "no"), str_dup(a, type), party_number_hash(a, e->keyring, type, number),
                                                       PARTY_KEY_VERSION, get_i(e->personal, "valid_from_day"), INT64_MAX};
    p->identifier = list;
}

static void end_identifier(struct party *p, struct arena *a, const json_t *v)
{
    struct party_identifier *list = copy_identifiers(p, a);
    for (size_t i = 0; i < p->identifiers; i++)
        if (list[i].no == get_i(v, "no"))
            list[i].to = get_i(v, "valid_to_day");
    p->identifier = list;
}

enum err party_apply(void *state, struct arena *a, const struct applied *e)
{
    struct party *p = state;
    struct str type = e->head.type;
    if (str_is(type, "party.registered")) {
        add_identifier(p, a, e);
        set_facts(p, a, e, e->personal);
    } else if (str_is(type, "party.identified"))
        add_identifier(p, a, e);
    else if (str_is(type, "party.identifier_ended"))
        end_identifier(p, a, e->payload);
    else if (str_is(type, "party.renamed") || str_is(type, "party.corrected"))
        set_facts(p, a, e, json_object_get(e->personal, "fields"));
    else if (str_is(type, "party.erased")) {
        for (int f = 0; f < PARTY_FACTS; f++)
            p->fact[f] = STR("");
        p->identifiers = 0;
    } else if (!str_is(type, "party.merged") && !str_is(type, "party.unmerged") && !str_is(type, "party.linked") && !str_is(type, "party.unlinked")
               && !str_is(type, "party.difference_noted"))
        return ERR_CORRUPT;
    set_fields(p, a, e->payload);
    return ERR_OK;
}

/* --- save, load --- */

static json_t *identifiers_json(const struct party *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->identifiers; i++) {
        const struct party_identifier *n = &p->identifier[i];
        json_t *o = json_object();
        put_i(o, "no", n->no);
        put_s(o, "type", n->type);
        put_s(o, "hash", n->hash);
        put_i(o, "key_version", n->key_version);
        put_i(o, "from", n->from);
        if (n->to != INT64_MAX)
            put_i(o, "to", n->to);
        json_array_append_new(list, o);
    }
    return list;
}

void party_save(struct buf *b, const void *state)
{
    const struct party *p = state;
    json_t *o = json_object();
    put_i(o, "v", 1);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const char *at = (const char *)p + fields[i].offset;
        if (fields[i].text)
            put_s(o, fields[i].name, *(const struct str *)(const void *)at);
        else
            put_i(o, fields[i].name, *(const int64_t *)(const void *)at);
    }
    for (int f = 0; f < PARTY_FACTS; f++)
        if (p->fact[f].n)
            json_object_set_new(o, party_fact_names[f], json_stringn(p->fact[f].p, p->fact[f].n));
    json_object_set_new(o, "identifiers", identifiers_json(p));
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    buf_c(b, text);
    free(text);
    json_decref(o);
}

enum err party_load(void *state, struct arena *a, struct str saved)
{
    struct party *p = state;
    json_t *j = json_loadb(saved.p, saved.n, JSON_REJECT_DUPLICATES, NULL);
    if (!j || get_i(j, "v") != 1) {
        json_decref(j);
        return ERR_CORRUPT;
    }
    set_fields(p, a, j);
    for (int f = 0; f < PARTY_FACTS; f++)
        p->fact[f] = str_dup(a, get_s(j, party_fact_names[f]));
    const json_t *list = json_object_get(j, "identifiers"), *v;
    struct party_identifier *n = ARENA_ARRAY(a, struct party_identifier, json_array_size(list) + 1);
    size_t i;
    json_array_foreach(list, i, v) {
        const json_t *to = json_object_get(v, "to");
        n[i] = (struct party_identifier){get_i(v, "no"), str_dup(a, get_s(v, "type")), str_dup(a, get_s(v, "hash")), get_i(v, "key_version"),
                                         get_i(v, "from"), to ? json_integer_value(to) : INT64_MAX};
    }
    p->identifier = n;
    p->identifiers = json_array_size(list);
    json_decref(j);
    return ERR_OK;
}
