/* The dossier as others see it: one JSON object, for the API and for pages. See dossier.h. */
#include "domain/dossier/dossier_private.h"
#include "domain/dossier/result.h"

static void put_time(json_t *o, const char *key, int64_t ms)
{
    char text[40];
    if (ms)
        time_format(ms, text);
    json_object_set_new(o, key, ms ? json_string(text) : json_null());
}

static json_t *results(const struct dossier *d)
{
    json_t *list = dossier_results_json(d), *item;
    size_t i;
    struct arena *a _arena_ = arena_new();
    json_array_foreach(list, i, item) {
        put_time(item, "delivered_at", json_integer_value(json_object_get(item, "delivered_at")));
        put_time(item, "signed_at", json_integer_value(json_object_get(item, "signed_at")));
        put_time(item, "revoked_at", json_integer_value(json_object_get(item, "revoked_at")));
        put_s(item, "code", result_code(a, d->code, i + 1));
    }
    return list;
}

/* What each outside system has; `behind`: it has not been sent the last change yet. */
static json_t *sync_of(const struct dossier *d)
{
    json_t *list = dossier_sync_json(d), *item;
    size_t i;
    json_array_foreach(list, i, item) {
        put_time(item, "at", d->sync[i].at);
        json_object_set_new(item, "behind", json_boolean(d->sync[i].version < d->last_change));
    }
    return list;
}

static json_t *approvals(const struct dossier *d)
{
    json_t *list = dossier_approvals_json(d), *item;
    size_t i;
    json_array_foreach(list, i, item)
        put_time(item, "at", d->approval[i].at);
    return list;
}

json_t *dossier_due_warnings(const struct dossier *d)
{
    json_t *list = json_array();
    struct str rest = d->due_warnings, one, kind;
    while (rest.n && str_next(&rest, ' ', &one))
        if (str_next(&one, ':', &kind))
            json_array_append_new(list, json_pack("{ssss%}", "code", str_is(kind, "year") ? "calendar.year-missing" : "calendar.undecided-day", "param", one.p, one.n));
    return list;
}

json_t *dossier_json(struct id id, const struct dossier *d, int64_t version, const json_t *personal, int64_t now)
{
    json_t *o = json_object();
    char text[40];
    struct dossier_clock clock = dossier_clock(d);
    id_format(id, text);
    json_object_set_new(o, "id", json_string(text));
    put_s(o, "code", d->code);
    json_object_set_new(o, "codes", json_pack("[s%]", d->code.p ? d->code.p : "", d->code.n));
    json_object_set_new(o, "state", json_string(dossier_state_name((int)d->state)));
    put_i(o, "state_code", d->state);
    put_s(o, "procedure", d->procedure);
    put_s(o, "variant", d->variant);
    put_s(o, "agency", d->agency);
    put_s(o, "sector", d->sector);
    put_s(o, "channel", d->channel);
    put_s(o, "receiving_unit", d->receiving_unit);
    put_s(o, "competent_unit", d->competent_unit);
    put_s(o, "competence", d->competence);
    put_s(o, "task", d->task);
    put_s(o, "officer", d->officer);
    put_time(o, "submitted_at", d->submitted_at);
    put_time(o, "received_at", d->received_at);
    put_time(o, "accepted_at", d->accepted_at);
    put_time(o, "due_at", d->due_at);
    put_time(o, "promised_at", d->promised_at);
    json_object_set_new(o, "due_warnings", dossier_due_warnings(d));
    json_object_set_new(o, "expected", json_boolean(d->expected != 0));
    put_time(o, "next_at", d->next_at);
    put_time(o, "finished_at", d->finished_at);
    put_time(o, "delivered_at", d->delivered_at);
    json_object_set_new(o, "punctuality", json_string(clock_punctuality(&clock, now)));
    put_s(o, "outcome", d->outcome);
    put_i(o, "supplements", d->supplements);
    json_object_set_new(o, "suspended", json_boolean(d->suspended_at != 0));
    json_object_set_new(o, "late_mark", json_boolean(d->late_mark != 0));
    json_object_set_new(o, "voided", json_boolean(d->voided != 0));
    json_object_set_new(o, "erased", json_boolean(d->erased != 0));
    put_s(o, "finance", d->finance);
    json_t *delivery = json_object();
    put_s(delivery, "method", d->delivery_method);
    put_s(delivery, "unit", d->delivery_unit);
    put_s(delivery, "state", d->delivery_state);
    json_object_set_new(o, "delivery", delivery);
    json_object_set_new(o, "sync", sync_of(d));
    json_object_set_new(o, "approvals", approvals(d));
    json_object_set_new(o, "results", results(d));
    put_i(o, "version", version);
    if (personal) {
        const char *key;
        json_t *v;
        json_object_foreach((json_t *)(uintptr_t)personal, key, v)
            json_object_set(o, key, v);
    }
    return o;
}
