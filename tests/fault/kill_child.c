/* The child of tests/fault/test-kill.
 *
 *   kill_child work ENGINE TARGET ROUND   submits commands without end and writes the key of each acknowledged one to standard output
 *   kill_child check ENGINE TARGET        reads acknowledged keys from standard input; every chain must be whole, every key exactly
 *                                         once, the projections as many as the events
 * ENGINE is sqlite or pg, TARGET the database file or a connection string. */
#include "support/toy.h"
#include "base/log.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 16 };

static struct engine_room *room;
static const char *round_name;
static atomic_int next;

static void *work(void *arg)
{
    (void)arg;
    for (;;) {
        struct arena *a _arena_ = arena_new();
        struct outcome out, added;
        char key[64], line[80];
        int i = atomic_fetch_add(&next, 1);
        snprintf(key, sizeof key, "%s-%d", round_name, i);
        struct command open = toy_command(a, "open", i % 3 ? "91" : "92", (struct id){{0}}, key, "{\"label\": \"%s\", \"name\": \"Người %d\"}", key, i);
        if (command_wait(room, a, &open, &out))
            continue;
        int n = snprintf(line, sizeof line, "%s\n", key);
        if (write(STDOUT_FILENO, line, (size_t)n) != n) /* one write: whole lines only */
            exit(2);
        snprintf(key, sizeof key, "%s-%d+", round_name, i);
        struct command add = toy_command(a, "add", i % 3 ? "91" : "92", out.stream, key, "{\"n\": 1, \"times\": 2}");
        (void)!command_wait(room, a, &add, &added);
    }
    return NULL;
}

static int64_t number(struct db *db, const char *sql)
{
    struct rows r _rows_ = {0};
    if (db_raw_query(db, &r, sql) || !rows_next(&r)) {
        printf("cannot read: %s\n", db_error(db));
        exit(1);
    }
    return row_i64(&r, 0);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int check(struct store *s)
{
    struct verify_report v;
    if (ledger_verify(s, &v) || v.fault) {
        printf("chain broken: %s %lld %s\n", v.unit, (long long)v.pos, v.what);
        return 1;
    }
    struct db *db _db_ = NULL;
    struct rows r _rows_ = {0};
    char **label = NULL;
    size_t n = 0;
    if (db_open(s, DB_READ, &db) || db_raw_query(db, &r, "SELECT payload FROM event WHERE type = 'toy.opened'"))
        return 1;
    while (rows_next(&r)) {
        struct str p = row_str(&r, 0);
        json_t *j = json_loadb(p.p, p.n, 0, NULL);
        label = realloc(label, (n + 1) * sizeof *label);
        if (!label || !(label[n++] = strdup(json_string_value(json_object_get(j, "label")))))
            abort();
        json_decref(j);
    }
    rows_close(&r);
    qsort(label, n, sizeof *label, by_text);
    int bad = 0;
    for (size_t i = 1; i < n; i++)
        if (strcmp(label[i], label[i - 1]) == 0)
            bad += printf("twice: %s\n", label[i]);
    char line[80], *p = line;
    size_t acknowledged = 0;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        acknowledged++;
        if (!n || !bsearch(&p, label, n, sizeof *label, by_text))
            bad += printf("acknowledged and lost: %s\n", line);
    }
    int64_t streams = number(db, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream"), keys = number(db, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream_key"),
            idem = number(db, "SELECT CAST(COUNT(*) AS BIGINT) FROM idem WHERE key NOT LIKE '%+'"),
            numbered = n ? number(db, "SELECT CAST(SUM(n) AS BIGINT) FROM counter WHERE name = 'toys'") : 0,
            behind = number(db, "SELECT CAST(COUNT(*) AS BIGINT) FROM stream s WHERE s.seq <> (SELECT MAX(e.seq) FROM event e WHERE e.home_unit = s.home_unit AND e.stream = s.stream)");
    if (streams != (int64_t)n || keys != (int64_t)n || idem != (int64_t)n || numbered != (int64_t)n || behind)
        bad += printf("projections: %zu opened, %lld streams, %lld keys, %lld idem, %lld numbered, %lld behind\n", n, (long long)streams, (long long)keys,
                      (long long)idem, (long long)numbered, (long long)behind);
    for (size_t i = 0; i < n; i++)
        free(label[i]);
    free(label);
    if (!bad)
        printf("whole: %lld events, %zu acknowledged\n", (long long)v.events, acknowledged);
    return bad != 0;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    crypto_start();
    log_level_set(LOG_ERROR);
    bool pg = strcmp(argv[2], "pg") == 0;
    struct store *s = store_new(&(struct store_config){pg ? ENGINE_POSTGRES : ENGINE_SQLITE, pg ? "" : argv[3], pg ? argv[3] : "", ""});
    struct fail f = {0};
    if (store_migrate(s, &f)) {
        fprintf(stderr, "no store: %s %s\n", f.item[0].code, f.item[0].param);
        store_free(&s);
        return 1;
    }
    if (strcmp(argv[1], "check") == 0) {
        int bad = check(s);
        store_free(&s);
        return bad;
    }
    round_name = argv[4];
    room = toy_room(s, 3, NULL);
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&t[i], NULL, work, NULL))
            return 1;
    pthread_join(t[0], NULL);
    return 0;
}
