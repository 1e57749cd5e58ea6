/* See kept.h. Direct-mapped by the question's hash; an answer gets a copy, so that a kept one may be replaced at any time. */
#include "face/api/kept.h"
#include "base/arena.h"
#include "http/request.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SLOTS = 1024, LOCKS = 16 };

struct slot {
    uint64_t asked; /* hash of the question that was last asked in vain */
    uint64_t rules;
    int64_t day;
    char *bytes; /* question, answer, its gzip, cursor, one after another */
    size_t what_n, json_n, gzip_n, next_n;
};
struct kept {
    struct slot slot[SLOTS];
    pthread_mutex_t lock[LOCKS];
    atomic_size_t bytes;
};

struct kept *kept_new(void)
{
    struct kept *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&k->lock[i], NULL);
    return k;
}

static size_t size_of(const struct slot *s) { return s->what_n + s->json_n + s->gzip_n + s->next_n; }

static void slot_clear(struct kept *k, struct slot *s)
{
    atomic_fetch_sub(&k->bytes, size_of(s));
    free(s->bytes);
}

void kept_free(struct kept **k)
{
    if (!*k)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        slot_clear(*k, &(*k)->slot[i]);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&(*k)->lock[i]);
    free(*k);
    *k = NULL;
}

static bool is_for(const struct slot *s, const struct kept_key *key)
{
    return s->bytes && s->rules == key->rules && s->day == key->day && str_eq(str_bytes(s->bytes, s->what_n), key->what);
}

bool kept_send(struct kept *k, struct request *r, const struct kept_key *key, struct str *next_r)
{
    size_t i = (size_t)str_hash(key->what) % SLOTS;
    struct slot *s = &k->slot[i];
    struct http_kept answer = {.type = key->type ? key->type : "application/json"};
    pthread_mutex_lock(&k->lock[i % LOCKS]);
    bool found = is_for(s, key);
    if (found) {
        struct str all = str_sub(str_bytes(s->bytes, size_of(s)), s->what_n, size_of(s));
        struct str copy = str_dup(request_arena(r), all);
        answer.plain = str_sub(copy, 0, s->json_n);
        answer.gzip = s->gzip_n ? str_sub(copy, s->json_n, s->gzip_n) : STR_NONE;
        *next_r = str_sub(copy, s->json_n + s->gzip_n, s->next_n);
    }
    pthread_mutex_unlock(&k->lock[i % LOCKS]);
    if (found)
        respond_kept(r, &answer);
    return found;
}

void kept_offer(struct kept *k, struct request *r, const struct kept_key *key, struct str json, struct str next)
{
    uint64_t hash = str_hash(key->what);
    size_t i = (size_t)hash % SLOTS;
    struct slot *s = &k->slot[i];
    if (key->what.n > KEPT_KEY_MAX)
        return;
    pthread_mutex_lock(&k->lock[i % LOCKS]);
    bool again = s->asked == hash;
    s->asked = hash;
    pthread_mutex_unlock(&k->lock[i % LOCKS]);
    if (!again)
        return;
    struct str gzip = http_gzip(request_arena(r), json);
    const struct str piece[] = {key->what, json, gzip, next};
    struct slot made = {hash, key->rules, key->day, NULL, piece[0].n, piece[1].n, piece[2].n, piece[3].n};
    if (atomic_load(&k->bytes) + size_of(&made) > KEPT_BYTES || !(made.bytes = malloc(size_of(&made) + 1)))
        return;
    for (size_t at = 0, n = 0; n < ARRAY_LEN(piece); at += piece[n++].n)
        if (piece[n].n)
            memcpy(made.bytes + at, piece[n].p, piece[n].n);
    atomic_fetch_add(&k->bytes, size_of(&made));
    pthread_mutex_lock(&k->lock[i % LOCKS]);
    slot_clear(k, s);
    *s = made;
    pthread_mutex_unlock(&k->lock[i % LOCKS]);
}
