/* See fold.h. */
#include "domain/report/fold.h"
#include "store/write_now.h"
#include <stdlib.h>

struct sum {
    struct str home_unit, name, procedure;
    int64_t day, n;
};
struct folding {
    int most;
    int64_t folded;
};

static int by_key(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    int c = str_cmp(x->home_unit, y->home_unit);
    if (!c)
        c = str_cmp(x->name, y->name);
    if (!c)
        c = (x->day > y->day) - (x->day < y->day);
    return c ? c : str_cmp(x->procedure, y->procedure);
}

static enum err fold(void *arg, struct db *db)
{
    struct folding *f = arg;
    struct arena *a _arena_ = arena_new();
    struct sum *sum = ARENA_ARRAY(a, struct sum, (size_t)f->most);
    size_t n = 0;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_REPORT_FOLD_TAKE, p_int(f->most));
    while (!e && n < (size_t)f->most && rows_next(&r))
        sum[n++] = (struct sum){str_dup(a, row_str(&r, 0)), str_dup(a, row_str(&r, 1)), str_dup(a, row_str(&r, 3)), row_i64(&r, 2), row_i64(&r, 4)};
    if (!e)
        e = rows_end(&r);
    qsort(sum, n, sizeof *sum, by_key); /* in one order, so that two folders cannot lock each other out */
    for (size_t i = 0; i < n && !e;) {
        struct sum one = sum[i];
        for (i++; i < n && by_key(&one, &sum[i]) == 0; i++)
            one.n += sum[i].n;
        e = db_exec(db, STMT_REPORT_FOLD_ADD, p_text(one.home_unit), p_text(one.name), p_int(one.day), p_text(one.procedure), p_int(one.n));
    }
    f->folded = (int64_t)n;
    return e;
}

enum err count_fold(struct writer *w, int most, int64_t *folded_r)
{
    struct folding f = {most < 1 ? 1 : most > COUNT_FOLD_BATCH_MAX ? COUNT_FOLD_BATCH_MAX : most, 0};
    enum err e = write_now(w, 0, fold, &f, NULL);
    *folded_r = e ? 0 : f.folded;
    return e;
}
