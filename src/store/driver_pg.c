/* PostgreSQL driver: libpq in pipeline mode. Statements without rows are queued; a query sends a flush request, takes the results of
 * everything queued before it, then its own. Outside a transaction every statement ends in a Sync of its own.
 *
 * After an error the server ignores the rest of the pipeline up to a Sync, so rollback first syncs, then says ROLLBACK.
 * Parameters: integers as text, text and bytes raw; results come in binary. */
#include "store/store_private.h"
#include "base/log.h"
#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARAMS_MAX = 40, QUEUE_MAX = 200, SENT_MAX = 256, OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };

struct db_pg {
    struct db db;
    PGconn *conn;
    bool prepared[STMT_TEXTS];
    int queued;      /* statements sent whose results were not taken */
    unsigned taken;  /* results taken: an index into sent */
    const char *sent[SENT_MAX], *failing; /* names of the statements under way, for the log */
    enum err broken; /* first failure since the last rollback or sync */
    bool renew;      /* the server became a standby, or forgot our statements: connect again before the next transaction */
};

static struct db_pg *own(struct db *db) { return (struct db_pg *)db; }

static enum err classify(const char *state)
{
    if (!state)
        return ERR_UNAVAILABLE;
    if (strcmp(state, "23505") == 0 || strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0)
        return ERR_RETRY;
    if (strcmp(state, "53100") == 0)
        return ERR_NO_SPACE;
    if (strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0 || strncmp(state, "53", 2) == 0)
        return ERR_UNAVAILABLE;
    return ERR_INTERNAL;
}

static enum err note(struct db_pg *c, const PGresult *res)
{
    ExecStatusType st = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
    if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_PIPELINE_SYNC)
        return c->broken;
    if (st == PGRES_PIPELINE_ABORTED && c->broken)
        return c->broken;
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    enum err e = PQstatus(c->conn) == CONNECTION_BAD ? ERR_UNAVAILABLE : classify(state);
    if (state && (strcmp(state, "25006") == 0 || strcmp(state, "26000") == 0))
        c->renew = c->db.mode == DB_WRITE;
    if (!c->broken) {
        c->broken = e;
        /* What the server says may quote a person's name (DETAIL: Key (name)=(…) already exists). The log has the statement's name, the
         * code and the constraint; the server's sentence only where it speaks of the schema (42…) or of the connection. */
        const char *constraint = res ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
        if (!state || strncmp(state, "42", 2) == 0) {
            const char *text = state ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : PQerrorMessage(c->conn);
            snprintf(c->db.error, sizeof c->db.error, "%s %s %.160s", state ? state : "", c->failing ? c->failing : "", text ? text : "");
        } else
            snprintf(c->db.error, sizeof c->db.error, "%s %s%s%.60s", state, c->failing ? c->failing : "", constraint ? " " : "", constraint ? constraint : "");
        for (char *p = c->db.error; *p; p++)
            if (*p == '\n')
                *p = ' ';
    }
    return c->broken;
}

static void sent(struct db_pg *c, const char *name)
{
    c->sent[(c->taken + (unsigned)c->queued) % SENT_MAX] = name;
    c->queued++;
}

/* Takes the results of one statement; keeps the last when asked. */
static enum err take(struct db_pg *c, PGresult **keep_r)
{
    PGresult *res, *kept = NULL;
    bool any = false;
    c->failing = c->sent[c->taken++ % SENT_MAX];
    while ((res = PQgetResult(c->conn))) {
        any = true;
        note(c, res);
        if (keep_r) {
            PQclear(kept);
            kept = res;
        } else
            PQclear(res);
    }
    if (!any)
        note(c, NULL);
    if (keep_r)
        *keep_r = kept;
    return c->broken;
}

static enum err drain(struct db_pg *c)
{
    while (c->queued > 0) {
        c->queued--;
        take(c, NULL);
        if (PQstatus(c->conn) == CONNECTION_BAD)
            c->queued = 0;
    }
    return c->broken;
}

static enum err sync_pipeline(struct db_pg *c)
{
    if (!PQpipelineSync(c->conn))
        return note(c, NULL);
    drain(c);
    PGresult *res = PQgetResult(c->conn); /* the sync mark itself; no NULL follows it */
    note(c, res);
    PQclear(res);
    return c->broken;
}

static void pg_close_db(struct db *db)
{
    PQfinish(own(db)->conn);
    free(own(db));
}

static void quiet(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

static enum err connect_now(struct db_pg *c)
{
    /* Defaults that the connection string may replace, so that a dead host does not hold a thread for minutes. */
    const char *const keyword[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "target_session_attrs", "fallback_application_name", "dbname", NULL};
    const char *const value[] = {"5", "15000", "10", c->db.mode == DB_WRITE ? "read-write" : "any", "motcua", c->db.store->config.dsn, NULL};
    PQfinish(c->conn);
    memset(c->prepared, 0, sizeof c->prepared);
    c->queued = 0;
    c->broken = ERR_OK;
    c->renew = false;
    c->conn = PQconnectdbParams(keyword, value, 1);
    if (PQstatus(c->conn) != CONNECTION_OK) {
        snprintf(c->db.error, sizeof c->db.error, "%.200s", PQerrorMessage(c->conn));
        return c->broken = ERR_UNAVAILABLE;
    }
    PQsetErrorVerbosity(c->conn, PQERRORS_SQLSTATE);
    PQsetNoticeReceiver(c->conn, quiet, NULL);
    char setup[512];
    const char *schema = c->db.store->config.schema;
    snprintf(setup, sizeof setup,
             "SET client_encoding='UTF8'; SET synchronous_commit=on; SET default_transaction_isolation='read committed'; SET client_min_messages=warning; "
             "SET idle_in_transaction_session_timeout='60s'; SET plan_cache_mode=force_generic_plan; SET jit=off; %s%s%s %s",
             schema[0] ? "SET search_path=\"" : "", schema, schema[0] ? "\";" : "",
             c->db.mode == DB_READ ? "SET default_transaction_read_only=on" : "");
    PGresult *res = PQexec(c->conn, setup);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    PQclear(res);
    if (!ok || !PQenterPipelineMode(c->conn)) {
        snprintf(c->db.error, sizeof c->db.error, "%.200s", PQerrorMessage(c->conn));
        return c->broken = ERR_UNAVAILABLE;
    }
    return ERR_OK;
}

static enum err pg_open_db(struct store *s, enum db_mode mode, struct db **db_r)
{
    struct db_pg *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_INTERNAL;
    c->db = (struct db){.driver = &driver_pg, .store = s, .mode = mode};
    enum err e = connect_now(c);
    if (e) {
        log_line(LOG_ERROR, "store.connect-failed", "error=\"%s\"", c->db.error);
        pg_close_db(&c->db);
        return e;
    }
    *db_r = &c->db;
    return ERR_OK;
}

/* What the server said while nothing was asked can only be a notice or its farewell. */
static bool gone(struct db_pg *c)
{
    struct pollfd p = {.fd = PQsocket(c->conn), .events = POLLIN};
    while (PQstatus(c->conn) == CONNECTION_OK && poll(&p, 1, 0) > 0)
        if (!PQconsumeInput(c->conn))
            return true;
    return PQstatus(c->conn) != CONNECTION_OK;
}

/* Outside a transaction a broken connection is made anew. */
static enum err ready(struct db_pg *c)
{
    if (c->db.in_transaction) {
        if (PQstatus(c->conn) == CONNECTION_BAD && !c->broken)
            c->broken = ERR_UNAVAILABLE;
        return c->broken;
    }
    c->broken = ERR_OK;
    return c->renew || gone(c) ? connect_now(c) : ERR_OK;
}

static enum err send_plain(struct db_pg *c, const char *sql)
{
    if (!PQsendQueryParams(c->conn, sql, 0, NULL, NULL, NULL, NULL, 1))
        return note(c, NULL);
    sent(c, "plain");
    return ERR_OK;
}

static enum err pg_begin(struct db *db)
{
    enum err e = ready(own(db));
    return e ? e : send_plain(own(db), "BEGIN");
}

static void pg_rollback(struct db *db)
{
    struct db_pg *c = own(db);
    if (PQstatus(c->conn) != CONNECTION_BAD) {
        sync_pipeline(c);
        c->broken = ERR_OK;
        if (send_plain(c, "ROLLBACK") == ERR_OK)
            sync_pipeline(c);
    }
    c->broken = ERR_OK;
}

static enum err pg_commit(struct db *db)
{
    struct db_pg *c = own(db);
    if (c->broken)
        return c->broken;
    /* The COMMIT of a failed transaction would answer ROLLBACK; in a pipeline it is not even run after an error. */
    enum err e = send_plain(c, "COMMIT");
    if (e)
        return e;
    if (!PQpipelineSync(c->conn))
        return note(c, NULL);
    while (c->queued > 1) {
        c->queued--;
        take(c, NULL);
    }
    c->queued = 0;
    PGresult *res;
    take(c, &res);
    if (!c->broken && (!res || strcmp(PQcmdStatus(res), "COMMIT") != 0))
        c->broken = ERR_RETRY;
    PQclear(res);
    res = PQgetResult(c->conn);
    note(c, res);
    PQclear(res);
    return c->broken;
}

static enum err pg_flush(struct db *db)
{
    struct db_pg *c = own(db);
    if (c->queued && !PQsendFlushRequest(c->conn))
        return note(c, NULL);
    return drain(c);
}

static bool used(enum stmt_id id, unsigned mask, int param) { return stmt_text[id].used[mask] >> param & 1; }

static enum err prepare(struct db_pg *c, enum stmt_id id, unsigned mask, char name[24])
{
    unsigned i = stmt_text[id].first + mask;
    snprintf(name, 24, "s%u", i);
    if (c->prepared[i])
        return ERR_OK;
    enum err e = pg_flush(&c->db);
    if (e)
        return e;
    Oid type[PARAMS_MAX] = {0}; /* 0: the server finds out, which it cannot for a parameter of an absent fragment */
    for (int k = 0; k < stmt_text[id].params; k++)
        if (!used(id, mask, k))
            type[k] = OID_TEXT;
    if (!PQsendPrepare(c->conn, name, stmt_text[id].pg[mask], stmt_text[id].params, type))
        return note(c, NULL);
    sent(c, stmt_text[id].name);
    e = c->db.in_transaction ? pg_flush(&c->db) : sync_pipeline(c);
    c->prepared[i] = e == ERR_OK;
    return e;
}

static enum err send_prepared(struct db_pg *c, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    enum err e = ready(c);
    char name[24];
    if (!e)
        e = prepare(c, id, mask, name);
    if (e)
        return e;
    const char *value[PARAMS_MAX];
    int length[PARAMS_MAX], format[PARAMS_MAX];
    char digits[PARAMS_MAX][24];
    if (n > PARAMS_MAX)
        return ERR_INTERNAL;
    for (size_t i = 0; i < n; i++) {
        format[i] = 0;
        length[i] = 0;
        value[i] = NULL;
        if (!used(id, mask, (int)i))
            continue;
        switch (p[i].kind) {
        case PARAM_NULL: break;
        case PARAM_INT:
            snprintf(digits[i], sizeof digits[i], "%lld", (long long)p[i].i);
            value[i] = digits[i];
            break;
        case PARAM_TEXT: /* text in binary form is its bytes: no copy, no end mark */
        case PARAM_BYTES:
            value[i] = p[i].s.p ? p[i].s.p : "";
            length[i] = (int)p[i].s.n;
            format[i] = 1;
            break;
        }
    }
    if (!PQsendQueryPrepared(c->conn, name, (int)n, value, length, format, 1))
        return note(c, NULL);
    sent(c, stmt_text[id].name);
    return ERR_OK;
}

static enum err pg_exec(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    struct db_pg *c = own(db);
    enum err e = send_prepared(c, id, mask, p, n);
    if (e)
        return e;
    if (!db->in_transaction)
        return sync_pipeline(c);
    return c->queued >= QUEUE_MAX ? pg_flush(db) : ERR_OK; /* never let both sides' buffers fill */
}

static enum err receive_rows(struct db_pg *c, struct rows *r)
{
    int before = c->queued - 1;
    if (c->db.in_transaction ? !PQsendFlushRequest(c->conn) : !PQpipelineSync(c->conn))
        return note(c, NULL);
    for (; before > 0; before--)
        take(c, NULL);
    c->queued = 0;
    PGresult *res = NULL;
    enum err e = take(c, &res);
    if (!c->db.in_transaction) {
        PGresult *mark = PQgetResult(c->conn);
        e = note(c, mark);
        PQclear(mark);
    }
    if (e || PQresultStatus(res) != PGRES_TUPLES_OK) {
        PQclear(res);
        return e ? e : (res ? ERR_OK : ERR_INTERNAL);
    }
    r->driver = res;
    r->row_count = PQntuples(res);
    return ERR_OK;
}

static enum err pg_query(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n)
{
    enum err e = send_prepared(own(db), id, mask, p, n);
    return e ? e : receive_rows(own(db), r);
}

static bool pg_next(struct rows *r) { return ++r->row < r->row_count; }
static void pg_end(struct rows *r) { PQclear(r->driver); }
static int pg_columns(const struct rows *r) { return PQnfields(r->driver); }
static const char *pg_name(const struct rows *r, int col) { return PQfname(r->driver, col); }
static bool pg_null(const struct rows *r, int col) { return PQgetisnull(r->driver, r->row, col) != 0; }
static bool pg_is_int(const struct rows *r, int col)
{
    Oid t = PQftype(r->driver, col);
    return !pg_null(r, col) && (t == OID_INT8 || t == OID_INT2 || t == OID_INT4 || t == OID_BOOL);
}
static bool pg_is_bytes(const struct rows *r, int col) { return !pg_null(r, col) && PQftype(r->driver, col) == 17; }
static int64_t pg_i64(const struct rows *r, int col)
{
    const unsigned char *p = (const unsigned char *)PQgetvalue(r->driver, r->row, col);
    int n = PQgetlength(r->driver, r->row, col);
    if (n == 0) /* no integer is empty: NULL */
        return 0;
    assert(pg_is_int(r, col)); /* a sum is numeric: the statement must cast it */
    uint64_t v = p[0] & 0x80 && n > 1 ? ~(uint64_t)0 : 0; /* sign of a shorter integer */
    for (int i = 0; i < n && i < 8; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}
static struct str pg_text(const struct rows *r, int col)
{
    int n = PQgetlength(r->driver, r->row, col);
    if (n == 0 && pg_null(r, col))
        return STR_NONE;
    return str_bytes(PQgetvalue(r->driver, r->row, col), (size_t)n);
}

/* Several statements separated by ";\n" or at the end: the extended protocol takes one at a time. */
static enum err pg_raw(struct db *db, const char *sql)
{
    struct db_pg *c = own(db);
    enum err e = ready(c);
    struct arena *a _arena_ = arena_new();
    struct str rest = str_of(sql);
    while (!e && rest.p) {
        ptrdiff_t end = str_find(rest, STR(";\n"));
        struct str one = str_trim(end < 0 ? rest : str_sub(rest, 0, (size_t)end));
        rest = end < 0 ? STR_NONE : str_sub(rest, (size_t)end + 2, rest.n);
        if (one.n)
            e = send_plain(c, str_c(a, one));
        if (!e)
            e = db->in_transaction ? pg_flush(db) : sync_pipeline(c);
    }
    return e;
}

static enum err pg_raw_query(struct db *db, struct rows *r, const char *sql)
{
    enum err e = ready(own(db));
    if (!e)
        e = send_plain(own(db), sql);
    return e ? e : receive_rows(own(db), r);
}

static enum err pg_prepare(struct db *db, enum stmt_id id, unsigned mask)
{
    char name[24];
    enum err e = ready(own(db));
    return e ? e : prepare(own(db), id, mask, name);
}

static enum err pg_checkpoint(struct db *db)
{
    (void)db;
    return ERR_OK;
}

const struct driver driver_pg = {
    pg_open_db, pg_close_db, pg_begin, pg_commit, pg_rollback, pg_flush, pg_exec, pg_query, pg_next, pg_end, pg_columns, pg_name,
    pg_null, pg_i64, pg_text, pg_is_int, pg_is_bytes, pg_raw, pg_raw_query, pg_checkpoint, pg_prepare,
};
