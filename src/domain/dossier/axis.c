/* beside the legal state a dossier has three more, each with values and changes of its own: money, the way of the result, and what each outside
 * system knows of it. One table, as for the legal state; "" is where each begins. See dossier.h. */
#include "domain/dossier/dossier_private.h"

static const struct dossier_change changes[] = {
    {AXIS_FINANCE, "", "waiting"},        /* a duty to be paid: the dossier is suspended (state 6) */
    {AXIS_FINANCE, "waiting", "done"},
    {AXIS_FINANCE, "waiting", "ended"},   /* decided or stopped without it */
    {AXIS_FINANCE, "done", "waiting"},    /* another duty */
    {AXIS_DELIVERY, "", "ready"},         /* decided: the result waits for its owner */
    {AXIS_DELIVERY, "ready", "partly"},   /* of several results some wait */
    {AXIS_DELIVERY, "partly", "partly"},
    {AXIS_DELIVERY, "ready", "delivered"},
    {AXIS_DELIVERY, "partly", "delivered"},
    {AXIS_DELIVERY, "", "partly"},        /* decided under a release that did not say "ready" */
    {AXIS_DELIVERY, "", "delivered"},
    {AXIS_SYNC, "", "sent"},
    {AXIS_SYNC, "sent", "confirmed"},
    {AXIS_SYNC, "sent", "refused"},
    {AXIS_SYNC, "sent", "sent"},          /* again, or a later version */
    {AXIS_SYNC, "confirmed", "sent"},
    {AXIS_SYNC, "refused", "sent"},
};

const struct dossier_change *dossier_change_at(size_t i) { return i < ARRAY_LEN(changes) ? &changes[i] : NULL; }

bool dossier_axis_allows(enum dossier_axis axis, struct str from, struct str to)
{
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        if (changes[i].axis == axis && str_is(from, changes[i].from) && str_is(to, changes[i].to))
            return true;
    return false;
}

enum err axis_move(struct step *k, enum dossier_axis axis, const char *to)
{
    struct str from = axis == AXIS_FINANCE ? k->s->finance : k->s->delivery_state;
    if (!dossier_axis_allows(axis, from, str_of(to))) /* the table holds for our own code too */
        return fail_add(&k->d->fail, ERR_INTERNAL, "R-083", "", "command.outside-table", "%s", to);
    put_s(k->out, axis == AXIS_FINANCE ? "finance" : "delivery_state", str_of(to));
    return ERR_OK;
}

/* What an outside system was sent of this dossier, and what it said: told by its connector. */
enum err run_synchronise(struct step *k)
{
    struct str receiver = plain_code(k, "receiver", true), state = text_of(k, k->in, "state", "/state", 20);
    const json_t *given = json_object_get(k->in, "version");
    int64_t version = json_integer_value(given);
    size_t at = 0;
    while (at < k->s->syncs && !str_eq(k->s->sync[at].receiver, receiver))
        at++;
    const struct dossier_sync *was = at < k->s->syncs ? &k->s->sync[at] : NULL;
    bool sent = str_is(state, "sent");
    if (!sent && !str_is(state, "confirmed") && !str_is(state, "refused"))
        wrong(k, "/state", state.n ? "sync.state" : "field.required");
    if (!json_is_integer(given))
        wrong(k, "/version", given ? "field.not-number" : "field.required");
    else if (version < (was ? was->version : 1) || version > k->d->seq || (was && !sent && version != was->version))
        wrong(k, "/version", "sync.version");
    struct str code = plain_code(k, "code", false);
    json_object_del(k->out, "code"); /* the state's field of that name is the dossier's own code */
    if (k->d->fail.err)
        return k->d->fail.err;
    if (!dossier_axis_allows(AXIS_SYNC, was ? was->state : STR(""), state))
        return forbidden_now(k, "R-083", "sync.change");
    if (!was && k->s->syncs >= DOSSIER_SYNCS_MAX)
        return forbidden_now(k, "R-083", "sync.too-many");
    json_t *list = dossier_sync_json(k->s), *o = was ? json_array_get(list, at) : json_object();
    put_s(o, "receiver", receiver);
    put_s(o, "state", state);
    put_s(o, "code", code);
    put_i(o, "version", version);
    put_i(o, "at", k->d->command->now);
    if (!was)
        json_array_append_new(list, o);
    json_object_set_new(k->out, "sync", list);
    put_i(k->out, "last_change", k->s->syncs ? k->s->last_change : k->d->seq);
    move(k, DOSSIER_NONE, str_c(k->d->arena, k->s->task), k->s->next_at);
    return ERR_OK;
}
