/* See shadow.h. */
#include "store/shadow.h"
#include "store/store_private.h"
#include <stdlib.h>

struct shadow {
    struct store *store;
    struct db *db;
};

/* Durability is of no use to what is thrown away. */
static const char quick_sqlite[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536";
static const char quick_pg[] = "SET temp_buffers='64MB';\nSET idle_in_transaction_session_timeout=0;\nSET synchronous_commit=off";

enum err shadow_open(struct store *live, struct fail *f, struct shadow **shadow_r)
{
    bool pg = live->config.engine == ENGINE_POSTGRES;
    struct shadow *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    /* SQLite: the empty name is a private file, unlinked as soon as it is made. PostgreSQL: pg_temp is the session's own schema. */
    s->store = store_new(&(struct store_config){live->config.engine, "", live->config.dsn, "pg_temp"});
    s->store->shadow = true;
    enum err e = db_open(s->store, DB_WRITE, &s->db);
    if (!e)
        e = db_raw(s->db, pg ? quick_pg : quick_sqlite);
    if (e)
        fail_add(f, e, NULL, "", "store.unavailable", NULL);
    else
        e = db_migrate(s->db, f);
    if (e) {
        shadow_close(&s);
        return e;
    }
    *shadow_r = s;
    return ERR_OK;
}

struct db *shadow_db(struct shadow *s) { return s->db; }

void shadow_close(struct shadow **sp)
{
    struct shadow *s = *sp;
    if (!s)
        return;
    db_close(&s->db);
    store_free(&s->store);
    free(s);
    *sp = NULL;
}
