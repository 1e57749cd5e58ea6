/* What an operator does with jobs: looks, tries a dead one again, clears away what is long done. See job.h. */
#include "domain/job/job_private.h"
#include "base/log.h"
#include "store/write_now.h"
#include <stdio.h>

enum err job_list(struct db *db, const char *state, const struct job_row *after, struct job_row *rows_r, size_t most, size_t *n_r)
{
    static const struct id zero;
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_JOB_LIST, p_c(state), p_c(after ? after->home_unit : ""),
                          p_bytes(after ? id_str(&after->id) : str_bytes(zero.b, 0)), p_int((int64_t)most));
    while (!e && *n_r < most && rows_next(&r)) {
        struct job_row *j = &rows_r[(*n_r)++];
        struct str id = row_str(&r, 1);
        *j = (struct job_row){.due_at = row_i64(&r, 3), .lease_until = row_i64(&r, 4), .attempts = (int)row_i64(&r, 5)};
        snprintf(j->home_unit, sizeof j->home_unit, "%.*s", PRS(row_str(&r, 0)));
        snprintf(j->kind, sizeof j->kind, "%.*s", PRS(row_str(&r, 2)));
        snprintf(j->state, sizeof j->state, "%.*s", PRS(row_str(&r, 6)));
        snprintf(j->problem, sizeof j->problem, "%.*s", PRS(row_str(&r, 7)));
        if (id.n == ID_BYTES)
            memcpy(j->id.b, id.p, ID_BYTES);
    }
    return e ? e : rows_end(&r);
}

struct retrying {
    struct str home_unit;
    struct id id;
    int64_t now;
    bool hit;
};

static enum err retry(void *arg, struct db *db)
{
    struct retrying *t = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_JOB_RETRY, p_text(t->home_unit), p_bytes(id_str(&t->id)), p_int(t->now));
    if (e)
        return e;
    t->hit = rows_next(&r);
    return rows_end(&r);
}

enum err job_retry(struct writer *w, struct bell *b, struct str home_unit, struct id id, int64_t now)
{
    struct retrying t = {.home_unit = home_unit, .id = id, .now = now};
    char text[37];
    enum err e = write_now(w, 0, retry, &t, NULL);
    if (e || !t.hit)
        return e ? e : ERR_NOT_FOUND;
    id_format(id, text);
    log_line(LOG_INFO, "job.retried", "id=%s", text);
    if (b)
        bell_ring(b);
    return ERR_OK;
}

enum err job_counts(struct db *db, const char *state, struct job_count *counts_r, size_t most, size_t *n_r)
{
    struct rows r _rows_ = {0};
    *n_r = 0;
    enum err e = db_query(db, &r, STMT_JOB_COUNTS, p_c(state));
    while (!e && *n_r < most && rows_next(&r)) {
        struct job_count *c = &counts_r[(*n_r)++];
        snprintf(c->kind, sizeof c->kind, "%.*s", PRS(row_str(&r, 0)));
        c->n = row_i64(&r, 1);
        c->oldest_due_at = row_i64(&r, 2);
    }
    return e ? e : rows_end(&r);
}

struct forgetting {
    int64_t before, gone;
    int most;
};

static enum err forget(void *arg, struct db *db)
{
    struct forgetting *f = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_JOB_FORGET, p_int(f->before), p_int(f->most));
    f->gone = 0;
    while (!e && rows_next(&r))
        f->gone++;
    return e ? e : rows_end(&r);
}

enum err job_forget(struct writer *w, int64_t done_before, int most, int64_t *gone_r)
{
    struct forgetting f = {done_before, 0, most};
    enum err e = write_now(w, 0, forget, &f, NULL);
    *gone_r = e ? 0 : f.gone;
    return e;
}
