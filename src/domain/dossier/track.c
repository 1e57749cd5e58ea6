/* See track.h. */
#include "domain/dossier/track.h"
#include "domain/dossier/result.h"

struct dossier_level dossier_level(const struct dossier *d)
{
    static const struct dossier_level submitted = {"submitted", 1}, processing = {"processing", 3};
    if (d->voided)
        return (struct dossier_level){"ended", DOSSIER_LEVELS};
    switch ((enum dossier_state)d->state) {
    case DOSSIER_NONE:
    case DOSSIER_NEW: return submitted;
    case DOSSIER_RECEIVED: return (struct dossier_level){"received", 2};
    case DOSSIER_PROCESSING:
    case DOSSIER_FINANCE: return processing;
    case DOSSIER_SUPPLEMENT:
    case DOSSIER_WITHDRAWAL: return d->received_at ? processing : submitted;
    case DOSSIER_DONE: return (struct dossier_level){"done", 4};
    case DOSSIER_DELIVERED:
    case DOSSIER_REFUSED:
    case DOSSIER_STOPPED:
    case DOSSIER_STATES: break;
    }
    return (struct dossier_level){"ended", DOSSIER_LEVELS};
}

const char *dossier_to_do(const struct dossier *d)
{
    if (d->voided)
        return "nothing";
    switch ((enum dossier_state)d->state) {
    case DOSSIER_SUPPLEMENT: return d->supplemented ? "wait" : "supplement";
    case DOSSIER_FINANCE: return "pay";
    case DOSSIER_DONE: return "collect";
    case DOSSIER_REFUSED:
    case DOSSIER_STOPPED:
    case DOSSIER_DELIVERED: return "nothing";
    default: return "wait";
    }
}

enum err dossier_track(const struct keyring *k, struct db *db, struct arena *a, const struct actor *actor, struct str typed, struct str phone_end,
                       struct tracked *out)
{
    struct str code = dossier_code_typed(a, typed);
    *out = (struct tracked){0};
    enum err e = dossier_find(db, code, &out->home_unit, &out->id, a);
    if (e == ERR_NOT_FOUND && !str_eq(typed, code)) /* codes of another form than ours (dossier_code_template) */
        e = dossier_find(db, typed, &out->home_unit, &out->id, a);
    if (!e)
        e = stream_load(&dossier_aggregate, k, db, a, out->home_unit, out->id, INT64_MAX, &out->dossier, &out->version);
    if (e)
        return e;
    out->own = actor && dossier_visible(&out->dossier, actor);
    out->more = out->own;
    if (phone_end.n) {
        e = dossier_phone_ends(k, db, out->home_unit, out->id, phone_end);
        if (e && e != ERR_NOT_FOUND)
            return e;
        out->more |= e == ERR_OK;
    }
    return !out->more && out->dossier.restricted ? ERR_NOT_FOUND : ERR_OK;
}
