/* What it costs to know the bearer of a token: from the store, and from the hot cache. `build/bench_principal [THREADS]` makes a store in
 * memory's file system and prints nanoseconds. Not a test. */
#include "base/timex.h"
#include "domain/staff/staff.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TOKENS = 60, ROUNDS = 2000000, COLD = 2000, THREADS_MAX = 16 };
static const int64_t now = 1795237200000;
struct bench {
    char token[TOKENS][64];
    struct principal_cache *cache;
    atomic_size_t missed;
};

static void *look_up(void *arg)
{
    struct bench *b = arg;
    struct arena *a _arena_ = arena_new();
    struct actor who;
    size_t missed = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        missed += !principal_cache_get(b->cache, a, str_of(b->token[i * 7 % TOKENS]), now, &who);
        arena_reset(a); /* as at the end of each request */
    }
    atomic_fetch_add(&b->missed, missed);
    return NULL;
}

static void need(enum err e, const char *what)
{
    if (e) {
        fprintf(stderr, "%s: %s\n", what, err_info(e)->name);
        exit(1);
    }
}

static void issue(struct bench *b, struct engine_room *room, const struct rules *rules, struct arena *a)
{
    struct outcome out;
    struct command c = {.aggregate = &staff_aggregate, .type = STR("staff_register"), .home_unit = STR("91"), .key = STR("r"),
                        .payload = arena_json(a, json_pack("{ssss}", "login", "bench", "kind", "machine")), .now = now};
    staff_system_actor(rules, a, STR(""), now, &c.actor);
    need(command_wait(room, a, &c, &out), "register");
    c.stream = out.stream;
    c.type = STR("token_issue");
    for (size_t i = 0; i < TOKENS; i++) {
        struct entropy random = entropy_system();
        unsigned char hash[HASH_BYTES];
        char hex[65];
        token_make(&random, b->token[i], hash);
        hex_format(hash, sizeof hash, hex);
        c.key = str_printf(a, "t%zu", i);
        c.payload = arena_json(a, json_pack("{ssssss}", "hash", hex, "role", "clerk", "unit", "91"));
        need(command_wait(room, a, &c, &out), "token");
    }
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    char folder[] = "/dev/shm/bench.XXXXXX", path[64];
    struct arena *a _arena_ = arena_new(), *scratch _arena_ = arena_new();
    static struct rules rules;
    struct engine_room room = {0};
    struct bench b = {.cache = principal_cache_new()};
    struct key master = {{1}};
    struct fail f = {0};
    struct db *db = NULL;
    crypto_start();
    if (!mkdtemp(folder))
        return 3;
    snprintf(path, sizeof path, "%s/db", folder);
    room.store = store_new(&(struct store_config){.engine = ENGINE_SQLITE, .path = path});
    room.keyring = keyring_from_master(&master);
    need(rules_load(a, &dataset_source_built_in, STR("91"), true, &rules, &f), "rules");
    atomic_store(&room.rules, &rules);
    need(store_migrate(room.store, &f), "migrate");
    need(engine_room_start(&room, 1, NULL, NULL), "writer");
    issue(&b, &room, &rules, a);
    need(db_open(room.store, DB_READ, &db), "open");
    struct actor who;
    int64_t t0 = time_monotonic_us();
    for (size_t i = 0; i < COLD; i++) {
        need(staff_principal_by_token(db, &room.keyring, &rules, scratch, str_of(b.token[i % TOKENS]), now, &who, &f), "token");
        arena_reset(scratch);
    }
    int64_t t1 = time_monotonic_us();
    for (size_t i = 0; i < TOKENS; i++)
        need(principal_cache_token(b.cache, db, &room.keyring, &rules, a, str_of(b.token[i]), now, &who, &f), "token");
    int64_t t2 = time_monotonic_us();
    pthread_t thread[THREADS_MAX];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, look_up, &b))
            return 3;
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    int64_t t3 = time_monotonic_us();
    printf("from the store %lld ns, hot %lld ns a look-up in each of %d threads, missed %zu\n", (long long)((t1 - t0) * 1000 / COLD),
           (long long)((t3 - t2) * 1000 / ROUNDS), threads, (size_t)b.missed);
    db_close(&db);
    writer_stop(&room.writer);
    principal_cache_free(&b.cache);
    store_free(&room.store);
    for (const char *const *s = (const char *const[]){"", "-wal", "-shm", NULL}; *s; s++) {
        char file[80];
        snprintf(file, sizeof file, "%s%s", path, *s);
        unlink(file);
    }
    rmdir(folder);
    return b.missed != 0;
}
