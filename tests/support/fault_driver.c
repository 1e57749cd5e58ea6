/* See fault_driver.h. */
#include "support/fault_driver.h"
#include "store/store_private.h"
#include <stdatomic.h>
#include <stdio.h>

static const struct driver *real;
static struct planned_fault plan;
static atomic_bool armed;
static atomic_int calls;

/* Does this call fail? */
static bool hit(struct db *db)
{
    if (db->mode != DB_WRITE || !atomic_load(&armed))
        return false;
    int n = atomic_fetch_add(&calls, 1) + 1;
    return n == plan.at || (plan.for_ever && n > plan.at);
}

static enum err fail(struct db *db)
{
    snprintf(db->error, sizeof db->error, "planned: %s at call %d", err_info(plan.kind)->name, plan.at);
    return plan.kind;
}

/* The error of a call, `run` being the call itself. */
#define FAILING(db, run) (!hit(db) ? (run) : plan.after && (run) != ERR_OK ? plan.kind : fail(db))

/* Never begun without an answer: such a connection would be closed. */
static enum err begin(struct db *db) { return hit(db) ? fail(db) : real->begin(db); }
static enum err commit(struct db *db) { return FAILING(db, real->commit(db)); }
static enum err flush(struct db *db) { return FAILING(db, real->flush(db)); }
static enum err exec(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    return FAILING(db, real->exec(db, id, mask, p, n));
}

static enum err query(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    if (!hit(db))
        return real->query(db, r, id, mask, p, n);
    if (plan.after && real->query(db, r, id, mask, p, n) == ERR_OK) {
        real->end(r);
        r->driver = NULL;
    }
    return fail(db);
}

static bool next(struct rows *r)
{
    if (!hit(r->db))
        return real->next(r);
    r->err = fail(r->db);
    return false;
}

static enum err open_db(struct store *s, enum db_mode mode, struct db **db_r)
{
    enum err e = real->open(s, mode, db_r);
    if (!e)
        (*db_r)->driver = s->driver;
    return e;
}

void fault_driver_before(struct store *s)
{
    static struct driver failing;
    real = s->driver;
    failing = *real;
    failing.open = open_db;
    failing.begin = begin;
    failing.commit = commit;
    failing.flush = flush;
    failing.exec = exec;
    failing.query = query;
    failing.next = next;
    s->driver = &failing;
}

void fault_arm(struct planned_fault f)
{
    plan = f;
    atomic_store(&calls, 0);
    atomic_store(&armed, true);
}

int fault_disarm(void)
{
    atomic_store(&armed, false);
    return atomic_load(&calls);
}
