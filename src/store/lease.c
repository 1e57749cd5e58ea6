/* See lease.h. */
#include "store/lease.h"
#include "base/timex.h"
#include "store/write_now.h"

struct taking {
    const char *name;
    struct id holder;
    int64_t now, until;
    bool mine;
};

static enum err take(void *arg, struct db *db)
{
    struct taking *t = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_LEASE_TAKE, p_c(t->name), p_bytes(id_str(&t->holder)), p_int(t->until), p_int(t->now));
    if (e)
        return e;
    t->mine = rows_next(&r);
    return rows_end(&r);
}

static enum err drop(void *arg, struct db *db)
{
    const struct taking *t = arg;
    return db_exec(db, STMT_LEASE_DROP, p_c(t->name), p_bytes(id_str(&t->holder)));
}

enum err lease_take(struct writer *w, const char *name, struct id holder, int for_ms, bool *mine_r)
{
    struct taking t = {.name = name, .holder = holder, .now = time_machine_ms()};
    t.until = t.now + for_ms;
    enum err e = write_now(w, str_hash(str_of(name)), take, &t, NULL);
    *mine_r = !e && t.mine;
    return e;
}

void lease_drop(struct writer *w, const char *name, struct id holder)
{
    struct taking t = {.name = name, .holder = holder};
    enum err e = write_now(w, str_hash(str_of(name)), drop, &t, NULL);
    (void)e; /* then it lapses by itself */
}
