/* The hand-over list: what the map leaves to a person. */
#include "domain/org/org_private.h"
#include <stdlib.h>

static int by_reason(const void *x, const void *y)
{
    const struct doubtful *a = x, *b = y;
    return a->reason != b->reason ? (a->reason > b->reason) - (a->reason < b->reason) : str_cmp(a->code, b->code);
}

/* Writes the list to `out`, which may be NULL; gives its length. */
static size_t list(const struct org *o, struct doubtful *out)
{
    size_t made = 0, n;
    for (size_t i = 0; i < o->succession_count; i += n) {
        const struct succession *s = &o->successions[i];
        for (n = 1; s->from && i + n < o->succession_count && s[n].from == s->from; n++)
            ;
        if (!s->doubtful || s->reason == DOUBT_DISTRICT)
            continue;
        if (out)
            out[made] = (struct doubtful){.reason = s->reason, .code = s->from ? s->from->code : STR(""), .name = s->from ? s->from->name : s->note,
                                          .place = s->from, .first = s, .candidates = n, .note = s->note};
        made++;
    }
    for (size_t i = 0; i < o->territory_count; i++) {
        const struct territory *t = &o->territories[i];
        enum doubt d = DOUBT_NONE;
        if (t->valid_to <= o->merged_on && territory_doubt(o, t->code) == DOUBT_MISSING)
            d = DOUBT_MISSING;
        else if (str_has_prefix(t->note, STR("mã trong danh mục")))
            d = DOUBT_CODE;
        if (d && out)
            out[made] = (struct doubtful){.reason = d, .code = t->code, .name = t->name, .place = t, .note = t->note};
        made += d != DOUBT_NONE;
    }
    for (size_t i = 0; i < o->organ_count; i++) {
        const struct organ *g = &o->organs[i];
        if (!g->doubtful || str_empty(g->name))
            continue;
        if (out)
            out[made] = (struct doubtful){.reason = DOUBT_ORGAN, .code = g->abbr, .name = g->name, .note = g->note};
        made++;
    }
    return made;
}

void doubts_load(struct org *o)
{
    o->doubtful_count = list(o, NULL);
    o->doubtful = ARENA_ARRAY(o->arena, struct doubtful, o->doubtful_count);
    list(o, o->doubtful);
    qsort(o->doubtful, o->doubtful_count, sizeof *o->doubtful, by_reason);
}

size_t org_doubtful(const struct org *o, const struct doubtful **first_r)
{
    *first_r = o->doubtful;
    return o->doubtful_count;
}
