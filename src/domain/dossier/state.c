/* State of a dossier: apply, save, load. One list of fields drives all three. See dossier.h. */
#include "domain/dossier/dossier_private.h"
#include "domain/command/members.h"
#include <stdio.h>

static const char *const state_names[DOSSIER_STATES] = {"none", "new", "received", "refused", "processing", "supplement", "finance",
                                                        "withdrawal", "stopped", "done", "delivered"};

const char *dossier_state_name(int state) { return state >= 0 && state < DOSSIER_STATES ? state_names[state] : "none"; }

int dossier_state_by_name(struct str name)
{
    int64_t n;
    if (str_to_i64(name, &n))
        return n > 0 && n < DOSSIER_STATES ? (int)n : -1;
    for (int i = 1; i < DOSSIER_STATES; i++)
        if (str_is(name, state_names[i]))
            return i;
    return -1;
}

bool dossier_state_final(int state) { return state == DOSSIER_REFUSED || state == DOSSIER_STOPPED || state == DOSSIER_DELIVERED; }

bool dossier_awaits_acceptance(const struct dossier *d) { return d->received_at && d->needs_acceptance && !d->accepted_at; }

/* The state in which work goes on: behind a withdrawal the one that it would be taken back to, for asking stops and starts no clock. */
static int64_t working_state(const struct dossier *d) { return d->state == DOSSIER_WITHDRAWAL ? d->previous : d->state; }

struct dossier_clock dossier_clock(const struct dossier *d)
{
    int64_t asked = working_state(d) == DOSSIER_SUPPLEMENT ? d->supplement_at : 0, suspended = d->suspended_at;
    return (struct dossier_clock){d->received_at, d->due_at, d->soon_at, d->finished_at, d->late_mark, d->finished_late,
                                  !asked || (suspended && suspended < asked) ? suspended : asked};
}

bool clock_late(const struct dossier_clock *c, int64_t now)
{
    if (!c->received_at)
        return false;
    if (c->finished_at)
        return c->finished_late != 0;
    int64_t until = c->stands_since && c->stands_since < now ? c->stands_since : now;
    return c->late_mark || (c->due_at && until > c->due_at);
}

const char *clock_punctuality(const struct dossier_clock *c, int64_t now)
{
    if (!c->received_at || !c->due_at)
        return "none";
    if (clock_late(c, now))
        return "late";
    if (c->finished_at)
        return time_local_day(c->finished_at) < time_local_day(c->due_at) ? "early" : "on_time";
    return !c->stands_since && c->soon_at && now >= c->soon_at ? "due_soon" : "in_time";
}

bool dossier_late(const struct dossier *d, int64_t now)
{
    struct dossier_clock c = dossier_clock(d);
    return clock_late(&c, now);
}

static const struct member dossier_members[] = {
#define S(name) MEMBER_TEXT(struct dossier, name),
#define I(name) MEMBER_INT(struct dossier, name),
    DOSSIER_FIELDS(S, I)
#undef S
#undef I
};
static const struct member result_members[] = {
    MEMBER_TEXT(struct dossier_result, file),       MEMBER_TEXT(struct dossier_result, number),  MEMBER_TEXT(struct dossier_result, date),
    MEMBER_TEXT(struct dossier_result, name),       MEMBER_TEXT(struct dossier_result, subject), MEMBER_INT(struct dossier_result, delivered_at),
    MEMBER_INT(struct dossier_result, signed_at),   MEMBER_INT(struct dossier_result, revoked_at)};
static const struct member consult_members[] = {MEMBER_TEXT(struct dossier_consult, unit), MEMBER_TEXT(struct dossier_consult, desk), MEMBER_INT(struct dossier_consult, no),
                                                MEMBER_INT(struct dossier_consult, due_at), MEMBER_INT(struct dossier_consult, answered_at)};
static const struct member approval_members[] = {MEMBER_TEXT(struct dossier_approval, command), MEMBER_TEXT(struct dossier_approval, approver),
                                                 MEMBER_TEXT(struct dossier_approval, state), MEMBER_INT(struct dossier_approval, seq), MEMBER_INT(struct dossier_approval, at)};
static const struct member sync_members[] = {MEMBER_TEXT(struct dossier_sync, receiver), MEMBER_TEXT(struct dossier_sync, state), MEMBER_TEXT(struct dossier_sync, code),
                                             MEMBER_INT(struct dossier_sync, version), MEMBER_INT(struct dossier_sync, at)};
static const struct members fields = {dossier_members, ARRAY_LEN(dossier_members), sizeof(struct dossier)},
                            of_result = {result_members, ARRAY_LEN(result_members), sizeof(struct dossier_result)},
                            of_consult = {consult_members, ARRAY_LEN(consult_members), sizeof(struct dossier_consult)},
                            of_approval = {approval_members, ARRAY_LEN(approval_members), sizeof(struct dossier_approval)},
                            of_sync = {sync_members, ARRAY_LEN(sync_members), sizeof(struct dossier_sync)};

static struct str json_text(struct arena *a, const json_t *v)
{
    return json_is_string(v) ? str_dup(a, str_bytes(json_string_value(v), json_string_length(v))) : STR("");
}

/* Lists are replaced as wholes: state that was copied before must not change under its reader. */
static void set_results(struct dossier *d, struct arena *a, const json_t *list, const json_t *names)
{
    if (!json_is_array(list))
        return;
    size_t n;
    struct dossier_result *r = members_read(&of_result, a, list, DOSSIER_RESULTS_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        if (json_array_get(names, i)) /* an event has them sealed, beside the list; one that names none leaves those that are known */
            r[i].name = json_text(a, json_array_get(names, i));
        else if (!r[i].name.n && i < d->results)
            r[i].name = d->result[i].name;
    }
    d->result = r;
    d->results = n;
}

static void set_lists(struct dossier *d, struct arena *a, const json_t *from)
{
    const json_t *consults = json_object_get(from, "consults"), *approvals = json_object_get(from, "approvals"), *sync = json_object_get(from, "sync");
    if (json_is_array(consults))
        d->consult = members_read(&of_consult, a, consults, DOSSIER_CONSULTS_MAX, &d->consults);
    if (json_is_array(approvals))
        d->approval = members_read(&of_approval, a, approvals, DOSSIER_APPROVALS_MAX, &d->approvals);
    if (json_is_array(sync))
        d->sync = members_read(&of_sync, a, sync, DOSSIER_SYNCS_MAX, &d->syncs);
}

static void set_pauses(struct dossier *d, const json_t *list)
{
    if (!json_is_array(list))
        return;
    d->pauses = 0;
    size_t i;
    const json_t *v;
    json_array_foreach(list, i, v) {
        if (d->pauses < DOSSIER_PAUSES_MAX) {
            int64_t to = json_integer_value(json_array_get(v, 1));
            d->pause[d->pauses++] = (struct pause){json_integer_value(json_array_get(v, 0)), to ? to : INT64_MAX};
        }
    }
}

static void set_hashes(struct dossier *d, struct arena *a, const json_t *list)
{
    if (!json_is_array(list))
        return;
    d->owner_hashes = 0;
    size_t i;
    const json_t *v;
    json_array_foreach(list, i, v) {
        if (d->owner_hashes < DOSSIER_HASHES_MAX && json_is_string(v))
            d->owner_hash[d->owner_hashes++] = json_text(a, v);
    }
}

/* Those whose dossier it is, by the keyed hashes of their numbers: their own list, and the rule that nobody handles their own. Made here
 * with this store's pepper, never carried in an event: another store that imports it has another. */
size_t dossier_owner_hashes(struct arena *a, const struct keyring *k, const json_t *parties, struct str out[DOSSIER_HASHES_MAX])
{
    static const char *const theirs[] = {"owner", "submitter", "representative", "subject", "co_owner"};
    size_t n = 0, i;
    const json_t *p;
    json_array_foreach(parties, i, p) {
        struct str role = get_s(p, "role"), type = get_s(p, "id_type"), number = get_s(p, "id_number");
        bool own = false;
        for (size_t t = 0; t < ARRAY_LEN(theirs); t++)
            own |= str_is(role, theirs[t]);
        if (!own || !number.n || n >= DOSSIER_HASHES_MAX)
            continue;
        struct hash h = personal_hash(k, str_c(a, type), number);
        char hex[2 * PARTY_HASH_BYTES + 1];
        hex_format(h.b, PARTY_HASH_BYTES, hex); /* as in a person's own audience, org/rights.h */
        out[n++] = str_dup(a, str_of(hex));
    }
    return n;
}

enum err dossier_apply(void *state, struct arena *a, const struct applied *e)
{
    struct dossier *d = state;
    members_set(&fields, a, e->payload, d);
    set_results(d, a, json_object_get(e->payload, "results"), json_object_get(e->personal, "result_names"));
    set_lists(d, a, e->payload);
    set_pauses(d, json_object_get(e->payload, "pauses"));
    for (size_t i = 0; i < ARRAY_LEN(dossier_counted_aside); i++)
        if (str_is(e->head.type, dossier_counted_aside[i].type))
            d->counted = str_printf(a, "%.*s%s%s@%lld", PRS(d->counted), d->counted.n ? " " : "", dossier_counted_aside[i].name, (long long)time_local_day(e->head.at));
    if (d->syncs && !str_is(e->head.type, "dossier.synchronised"))
        d->last_change = e->head.seq;
    if (e->keyring && json_object_get(e->personal, "parties"))
        d->owner_hashes = dossier_owner_hashes(a, e->keyring, json_object_get(e->personal, "parties"), d->owner_hash);
    if (str_is(e->head.type, "dossier.erased")) {
        d->owner_hashes = 0;
        d->erased = 1;
        struct dossier_result *r = ARENA_ARRAY(a, struct dossier_result, d->results + 1);
        for (size_t i = 0; i < d->results; i++) {
            r[i] = d->result[i];
            r[i].name = STR("");
        }
        d->result = r;
    }
    return ERR_OK;
}

json_t *dossier_results_json(const struct dossier *d) { return members_json(&of_result, d->result, d->results); }
json_t *dossier_consults_json(const struct dossier *d) { return members_json(&of_consult, d->consult, d->consults); }
json_t *dossier_approvals_json(const struct dossier *d) { return members_json(&of_approval, d->approval, d->approvals); }
json_t *dossier_sync_json(const struct dossier *d) { return members_json(&of_sync, d->sync, d->syncs); }

json_t *dossier_pauses_json(const struct dossier *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->pauses; i++)
        json_array_append_new(list, json_pack("[II]", (json_int_t)d->pause[i].from, (json_int_t)(d->pause[i].to == INT64_MAX ? 0 : d->pause[i].to)));
    return list;
}

static void save_list(struct buf *b, const char *name, json_t *list)
{
    if (json_array_size(list)) {
        char *text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);
        buf_printf(b, ",\"%s\":%s", name, text);
        free(text);
    }
    json_decref(list);
}

/* Written by hand rather than through a tree: this is on the path of every command. Empty and zero fields are left out. */
void dossier_save(struct buf *b, const void *state)
{
    const struct dossier *d = state;
    buf_c(b, "{\"v\":1");
    for (size_t i = 0; i < ARRAY_LEN(dossier_members); i++) {
        const struct member *m = &dossier_members[i];
        const char *at = (const char *)d + m->offset;
        struct str s = m->text ? *(const struct str *)(const void *)at : STR_NONE;
        int64_t n = m->text ? 0 : *(const int64_t *)(const void *)at;
        if (!s.n && !n)
            continue;
        buf_c(b, ",\"");
        buf_c(b, m->name);
        buf_c(b, "\":");
        if (m->text)
            buf_json_str(b, s);
        else
            buf_i64(b, n);
    }
    if (d->owner_hashes) {
        buf_c(b, ",\"owner_hashes\":[");
        for (size_t i = 0; i < d->owner_hashes; i++) {
            if (i)
                buf_char(b, ',');
            buf_json_str(b, d->owner_hash[i]);
        }
        buf_char(b, ']');
    }
    if (d->pauses)
        save_list(b, "pauses", dossier_pauses_json(d));
    if (d->results)
        save_list(b, "results", dossier_results_json(d));
    if (d->consults)
        save_list(b, "consults", dossier_consults_json(d));
    if (d->approvals)
        save_list(b, "approvals", dossier_approvals_json(d));
    if (d->syncs)
        save_list(b, "sync", dossier_sync_json(d));
    buf_char(b, '}');
}

enum err dossier_load(void *state, struct arena *a, struct str saved)
{
    struct dossier *d = state;
    json_t *j = json_loadb(saved.p, saved.n, JSON_REJECT_DUPLICATES, NULL);
    if (!j || json_integer_value(json_object_get(j, "v")) != 1) {
        json_decref(j);
        return ERR_CORRUPT;
    }
    members_set(&fields, a, j, d);
    set_results(d, a, json_object_get(j, "results"), NULL);
    set_lists(d, a, j);
    set_pauses(d, json_object_get(j, "pauses"));
    set_hashes(d, a, json_object_get(j, "owner_hashes"));
    json_decref(j);
    return ERR_OK;
}

/* --- audiences: the one place that says who may see --- */

static void add(struct arena *a, struct str *out, size_t max, size_t *n, const char *kind, struct str who)
{
    if (!who.n || *n >= max)
        return;
    struct str s = str_printf(a, "%s:%.*s", kind, PRS(who));
    for (size_t i = 0; i < *n; i++)
        if (str_eq(out[i], s))
            return;
    out[(*n)++] = s;
}

size_t dossier_audiences(struct arena *a, const struct dossier *d, struct str *out, size_t max)
{
    size_t n = 0;
    const char *unit = d->restricted ? "r" : "u"; /* adoption, criminal records: only with that clearance */
    add(a, out, max, &n, unit, d->receiving_desk);
    add(a, out, max, &n, unit, d->competent_desk);
    for (size_t i = 0; i < d->consults; i++)
        if (!d->consult[i].answered_at)
            add(a, out, max, &n, unit, d->consult[i].desk);
    if (!d->restricted) {
        add(a, out, max, &n, "p", d->receiving_province);
        add(a, out, max, &n, "p", d->competent_province);
        if (!d->receiving_province.n && !d->competent_province.n && n < max)
            out[n++] = STR("n"); /* between central agencies; all others the nation finds by their provinces */
    }
    for (size_t i = 0; i < d->owner_hashes; i++)
        add(a, out, max, &n, "o", d->owner_hash[i]);
    return n;
}

bool dossier_visible(const struct dossier *d, const struct actor *actor)
{
    struct arena *a _arena_ = arena_new();
    struct str audience[ACTOR_AUDIENCES_MAX];
    size_t n = dossier_audiences(a, d, audience, ARRAY_LEN(audience));
    if (actor_sees(actor, STR("n")) && !d->restricted)
        return true;
    for (size_t i = 0; i < n; i++)
        if (actor_sees(actor, audience[i]))
            return true;
    return false;
}
