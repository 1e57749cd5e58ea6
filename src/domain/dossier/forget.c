/* See forget.h. */
#include "domain/dossier/forget.h"
#include "domain/dossier/dossier_private.h"
#include "base/log.h"
#include "store/write_now.h"
#include <stdio.h>

#define JOB "dossier-forget"
enum { PAGE = 100, PAYLOAD_BYTES = 200 };

/* --- follower --- */

static bool wants(void *arg, struct str type)
{
    (void)arg;
    return str_is(type, "dossier.erased");
}

static enum err add_job(void *arg, struct db *db, const struct event *e, void *seen)
{
    (void)arg, (void)seen;
    char text[PAYLOAD_BYTES], stream[37];
    id_format(e->stream, stream);
    int n = snprintf(text, sizeof text, "{\"home\":\"%.*s\",\"stream\":\"%s\"}", PRS(e->home_unit), stream);
    return job_add(db, e->home_unit, job_id(JOB, e->home_unit, str_of(stream)), JOB, 0, str_bytes(text, (size_t)n)); /* due at once, whatever the room's clock */
}

struct follower dossier_erased_follower(void) { return (struct follower){.name = "dossier-forget", .wants = wants, .run = add_job}; }

/* --- destruction --- */

struct copy {
    struct str owner;
    const struct hash *sha;
};

/* In the writer's transaction, so that a citation of just now is seen. */
static enum err still_unneeded(void *arg, struct db *db)
{
    const struct copy *c = arg;
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_COPY_NEEDED, p_bytes(hash_str(c->sha)), p_text(c->owner));
    bool needed = !e && rows_next(&r);
    if (!e)
        e = rows_end(&r);
    return e ? e : needed ? ERR_CONFLICT : ERR_OK;
}

static enum err forget_row(void *arg, struct db *db)
{
    const struct copy *c = arg;
    return db_exec(db, STMT_DOSSIER_DOOMED_DONE, p_bytes(hash_str(c->sha)), p_text(c->owner));
}

static enum err one_copy(struct dossier_files *f, struct db *db, struct copy *c)
{
    enum err e = still_unneeded(c, db);
    if (!e)
        e = file_destroy(f->files, db, c->owner, c->sha, still_unneeded, c);
    if (e == ERR_CONFLICT) /* a living dossier has it */
        return ERR_OK;
    return e && e != ERR_NOT_FOUND ? e : write_now(f->writer, str_hash(c->owner), forget_row, c, NULL);
}

static enum err one_content(struct dossier_files *f, struct db *db, struct arena *a, const struct hash *sha)
{
    struct str owner[PAGE], after = STR("");
    size_t n;
    do {
        struct rows r _rows_ = {0};
        n = 0;
        enum err e = db_query(db, &r, STMT_DOSSIER_DOOMED_ACTORS, p_bytes(hash_str(sha)), p_text(after), p_int(PAGE));
        while (!e && n < PAGE && rows_next(&r))
            owner[n++] = str_dup(a, row_str(&r, 0));
        if (!e)
            e = rows_end(&r);
        for (size_t i = 0; i < n && !e; i++)
            e = one_copy(f, db, &(struct copy){owner[i], sha});
        if (e)
            return e;
        after = n ? owner[n - 1] : after;
    } while (n == PAGE);
    return ERR_OK;
}

enum err dossier_forget_files(struct dossier_files *f, struct arena *a, struct str home_unit, struct id id)
{
    struct db *db _db_ = NULL;
    struct hash sha[PAGE], after = {0};
    size_t n;
    enum err e = db_open(f->store, DB_READ, &db);
    if (e)
        return e;
    do {
        struct rows r _rows_ = {0};
        n = 0;
        e = db_query(db, &r, STMT_DOSSIER_DOOMED_HERE, p_text(home_unit), p_bytes(id_str(&id)), p_bytes(hash_str(&after)), p_int(PAGE));
        while (!e && n < PAGE && rows_next(&r))
            if (row_str(&r, 0).n == HASH_BYTES)
                memcpy(sha[n++].b, row_str(&r, 0).p, HASH_BYTES);
        if (!e)
            e = rows_end(&r);
        for (size_t i = 0; i < n && !e; i++)
            e = one_content(f, db, a, &sha[i]);
        if (n)
            after = sha[n - 1];
    } while (!e && n == PAGE);
    return e;
}

static enum job_end run(void *arg, struct arena *a, struct job *j)
{
    const json_t *o = arena_json(a, json_loadb(j->payload.p, j->payload.n, 0, NULL));
    struct id id;
    if (!get_s(o, "home").n || !id_parse(get_s(o, "stream"), &id)) {
        j->problem = "job.payload";
        return JOB_HOPELESS;
    }
    enum err e = dossier_forget_files(arg, a, get_s(o, "home"), id);
    if (!e)
        return JOB_DONE;
    j->problem = err_info(e)->name;
    return JOB_FAILED;
}

struct job_kind dossier_forget_job(struct dossier_files *files)
{
    return (struct job_kind){.name = JOB, .run = run, .attempts_max = 100, .arg = files}; /* a duty: some four days of trying before it is a dead letter */
}
