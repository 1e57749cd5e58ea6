/* See report.h. */
#include "domain/report/report.h"
#include <stdlib.h>

/* What dossier_project counts. */
enum counted { SUBMITTED, RECEIVED, REFUSED, SUPPLEMENT, APPROVED, REJECTED, STOPPED, VOIDED, APOLOGISED, EXTENDED, LATE, ON_TIME, DELIVERED, COUNTED, FINISHED, NOTHING };
static const char *const names[] = {"submitted", "received", "refused", "supplement_requested", "approved", "rejected", "stopped", "voided",
                                    "apologised", "extended", "finished_late", "finished_on_time", "delivered", "", "finished", ""};

struct row {
    const char *report, *figure;
    enum counted numerator, denominator;
    const char *rule;
};
static const struct row rows[] = {
    {"volume", "submitted", SUBMITTED, NOTHING, "R-040"},
    {"volume", "received", RECEIVED, SUBMITTED, "R-041"},
    {"volume", "refused", REFUSED, SUBMITTED, "R-044"},
    {"volume", "supplement_requested", SUPPLEMENT, SUBMITTED, "R-071"},
    {"volume", "approved", APPROVED, RECEIVED, "R-111"},
    {"volume", "rejected", REJECTED, RECEIVED, "R-074"},
    {"volume", "stopped", STOPPED, RECEIVED, "R-077"},
    {"volume", "delivered", DELIVERED, RECEIVED, "R-113"},
    {"volume", "voided", VOIDED, SUBMITTED, "R-283"},
    {"on_time", "on_time", ON_TIME, FINISHED, "R-097"},
    {"on_time", "late", LATE, FINISHED, "R-097"},
    {"on_time", "extended", EXTENDED, RECEIVED, "R-075"},
    {"on_time", "apologised", APOLOGISED, RECEIVED, "R-075"},
};

bool report_known(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(name, rows[i].report))
            return true;
    return false;
}

static bool in_scope(const struct rules *rules, const struct actor *actor, struct str unit)
{
    if (!actor)
        return true;
    struct str desk = unit_desk(rules->org, unit), province = unit_province(rules->org, unit);
    for (size_t i = 0; i < actor->audiences; i++) {
        struct str s = actor->audience[i], where = str_sub(s, 2, s.n);
        if (str_is(s, "n") || (s.n > 2 && s.p[0] == 'u' && str_eq(where, desk)) || (s.n > 2 && s.p[0] == 'p' && str_eq(where, province)))
            return true;
    }
    return false;
}

static enum err add_unit(struct db *db, struct str unit, int64_t from, int64_t to, int64_t sum[NOTHING + 1])
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_REPORT_FIGURES, p_text(unit), p_int(from), p_int(to));
    while (!e && rows_next(&r))
        for (size_t i = 0; i < COUNTED; i++)
            if (str_is(row_str(&r, 0), names[i]))
                sum[i] += row_i64(&r, 1);
    return e ? e : rows_end(&r);
}

/* actor NULL: everybody. */
static enum err make(const struct rules *rules, struct db *db, const struct actor *actor, struct str name, struct str unit, int64_t from, int64_t to,
                     struct report *out, struct fail *f)
{
    int64_t sum[NOTHING + 1] = {0};
    struct unit_head *heads = NULL;
    size_t n = 0;
    *out = (struct report){0};
    if (!report_known(name))
        return fail_add(f, ERR_NOT_FOUND, NULL, "", "report.unknown", NULL);
    if (actor && !actor->unit.n)
        return fail_add(f, ERR_FORBIDDEN, NULL, "", "rights.role", NULL);
    if (unit.n && (!unit_find(rules->org, unit) || !in_scope(rules, actor, unit)))
        return fail_add(f, ERR_NOT_FOUND, NULL, "unit", "unit.absent", NULL);
    enum err e = db_begin_snapshot(db); /* a row that is being merged is counted once */
    if (e)
        return e;
    e = ledger_heads(db, &heads, &n);
    for (size_t i = 0; i < n && !e; i++) {
        struct str home = str_of(heads[i].unit);
        if (unit.n ? !str_eq(home, unit) : !in_scope(rules, actor, home))
            continue;
        e = add_unit(db, home, from, to, sum);
        out->units++;
    }
    free(heads);
    db_rollback(db);
    sum[FINISHED] = sum[LATE] + sum[ON_TIME];
    for (size_t i = 0; i < ARRAY_LEN(rows) && !e; i++)
        if (str_is(name, rows[i].report))
            out->figure[out->figures++] = (struct figure){rows[i].figure, names[rows[i].numerator], names[rows[i].denominator],
                                                          sum[rows[i].numerator], sum[rows[i].denominator], rows[i].rule};
    return e;
}

enum err report_make(const struct rules *rules, struct db *db, const struct actor *actor, struct str name, struct str unit, int64_t from, int64_t to,
                     struct report *out, struct fail *f)
{
    return make(rules, db, actor, name, unit, from, to, out, f);
}

enum err report_public(const struct rules *rules, struct db *db, struct str name, struct str unit, int64_t from, int64_t to, struct report *out,
                       struct fail *f)
{
    return make(rules, db, NULL, name, unit, from, to, out, f);
}
