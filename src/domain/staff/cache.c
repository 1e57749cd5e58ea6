/* Ready principals by the hash of their token. See staff.h.
 *
 * Sets of eight entries, each set under one of sixty-four locks, so that workers seldom meet; a new entry takes the place of the oldest of
 * its set, and nothing is ever swept. An entry is one block: actor, principal, rows and texts, with pointers into itself; a copy is one
 * allocation, one memcpy and a shift of the pointers. The alternative, counting references to shared principals, would let a forgotten one
 * live on in slow requests.
 *
 * `generation` is read before the store is asked and compared when the answer is put in: what was forgotten meanwhile is not kept. */
#include "domain/staff/staff_private.h"
#include <pthread.h>
#include <stdatomic.h>

enum { WAYS = 8, SETS = PRINCIPAL_CACHE_MAX / WAYS, LOCKS = 64 };

/* The block. What follows it lies in this order: roles, delegations, parties, audiences, bytes. */
struct ready {
    size_t size, audiences;
    struct str id, unit;
    struct principal principal;
    struct str *audience;
};
struct entry {
    struct hash hash;
    int64_t put_at, until;
    struct ready *ready; /* NULL: free */
};
struct lock {
    _Alignas(64) pthread_mutex_t mutex;
};
struct principal_cache {
    struct lock lock[LOCKS];
    atomic_uint_fast64_t generation;
    struct entry entry[SETS][WAYS];
};

struct principal_cache *principal_cache_new(void)
{
    struct principal_cache *c = aligned_alloc(64, sizeof *c);
    if (!c)
        abort();
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&c->lock[i].mutex, NULL);
    return c;
}

void principal_cache_free(struct principal_cache **cp)
{
    struct principal_cache *c = *cp;
    if (!c)
        return;
    for (size_t s = 0; s < SETS; s++)
        for (size_t w = 0; w < WAYS; w++)
            free(c->entry[s][w].ready);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&c->lock[i].mutex);
    free(c);
    *cp = NULL;
}

/* --- blocks --- */

static size_t text_bytes(const struct actor *out)
{
    const struct principal *p = out->principal;
    size_t n = out->id.n + out->unit.n + p->actor_id.n + p->unit.n;
    for (size_t i = 0; i < p->role_count; i++)
        n += p->roles[i].unit.n;
    for (size_t i = 0; i < p->delegation_count; i++)
        n += p->delegations[i].from_unit.n + p->delegations[i].procedures.n + p->delegations[i].decision.n;
    for (size_t i = 0; i < out->audiences; i++)
        n += out->audience[i].n;
    return n;
}

static struct str keep(char **at, struct str s)
{
    struct str kept = {*at, s.n};
    if (s.n)
        memcpy(*at, s.p, s.n);
    *at += s.n;
    return kept;
}

static struct ready *ready_new(const struct actor *from)
{
    const struct principal *p = from->principal;
    size_t roles = sizeof *p->roles * p->role_count, delegations = sizeof *p->delegations * p->delegation_count,
           audiences = sizeof(struct str) * from->audiences, parties = sizeof *p->parties * p->party_count;
    size_t size = sizeof(struct ready) + roles + delegations + audiences + parties + text_bytes(from);
    struct ready *r = malloc(size);
    if (!r)
        abort();
    struct role_grant *role = (struct role_grant *)(r + 1);
    struct delegation *delegation = (struct delegation *)(role + p->role_count);
    struct str *audience = (struct str *)(delegation + p->delegation_count);
    struct hash *party = (struct hash *)(audience + from->audiences);
    char *at = (char *)(party + p->party_count);
    *r = (struct ready){.size = size, .audiences = from->audiences, .id = keep(&at, from->id), .unit = keep(&at, from->unit), .principal = *p,
                        .audience = audience};
    r->principal.actor_id = keep(&at, p->actor_id);
    r->principal.unit = keep(&at, p->unit);
    for (size_t i = 0; i < p->role_count; i++) {
        role[i] = p->roles[i];
        role[i].unit = keep(&at, p->roles[i].unit);
    }
    for (size_t i = 0; i < p->delegation_count; i++) {
        delegation[i] = p->delegations[i];
        delegation[i].from_unit = keep(&at, p->delegations[i].from_unit);
        delegation[i].procedures = keep(&at, p->delegations[i].procedures);
        delegation[i].decision = keep(&at, p->delegations[i].decision);
    }
    for (size_t i = 0; i < from->audiences; i++)
        audience[i] = keep(&at, from->audience[i]);
    if (parties)
        memcpy(party, p->parties, parties);
    r->principal.roles = role;
    r->principal.delegations = delegation;
    r->principal.parties = party;
    return r;
}

static const void *moved(const void *p, const struct ready *from, const struct ready *to)
{
    return (const char *)to + ((uintptr_t)p - (uintptr_t)from); /* `from` may be freed by now: its address counts, not what lay there */
}
static struct str moved_str(struct str s, const struct ready *from, const struct ready *to) { return (struct str){moved(s.p, from, to), s.n}; }

/* Under the lock only the bytes are copied; the pointers are shifted afterwards by where the bytes came from. */
static void unpack(struct ready *r, const struct ready *from, struct actor *out)
{
    struct principal *p = &r->principal;
    struct role_grant *role = (struct role_grant *)(r + 1);
    struct delegation *delegation = (struct delegation *)(role + p->role_count);
    for (size_t i = 0; i < p->role_count; i++)
        role[i].unit = moved_str(role[i].unit, from, r);
    for (size_t i = 0; i < p->delegation_count; i++) {
        delegation[i].from_unit = moved_str(delegation[i].from_unit, from, r);
        delegation[i].procedures = moved_str(delegation[i].procedures, from, r);
        delegation[i].decision = moved_str(delegation[i].decision, from, r);
    }
    p->actor_id = moved_str(p->actor_id, from, r);
    p->unit = moved_str(p->unit, from, r);
    p->parties = moved(p->parties, from, r);
    p->roles = role;
    p->delegations = delegation;
    r->audience = (struct str *)(delegation + p->delegation_count);
    out->id = moved_str(r->id, from, r);
    out->unit = moved_str(r->unit, from, r);
    out->principal = p;
    out->audiences = r->audiences;
    for (size_t i = 0; i < r->audiences; i++)
        out->audience[i] = moved_str(r->audience[i], from, r);
}

/* --- the table --- */

static size_t set_of(const struct hash *h)
{
    uint64_t n;
    memcpy(&n, h->b, sizeof n);
    return (size_t)(n % SETS);
}

static bool fresh(const struct entry *e, int64_t now)
{
    return e->put_at <= now && now - e->put_at <= PRINCIPAL_CACHE_TTL_MS && now < e->until;
}

static bool get(struct principal_cache *c, struct arena *a, const struct hash *hash, int64_t now, struct actor *out)
{
    size_t set = set_of(hash);
    struct ready *copy = NULL, *from = NULL;
    pthread_mutex_lock(&c->lock[set % LOCKS].mutex);
    for (size_t i = 0; i < WAYS && !copy; i++) {
        struct entry *e = &c->entry[set][i];
        if (e->ready && equal_in_constant_time(e->hash.b, hash->b, HASH_BYTES) && fresh(e, now)) {
            from = e->ready;
            copy = arena_alloc(a, from->size);
            memcpy(copy, from, from->size);
        }
    }
    pthread_mutex_unlock(&c->lock[set % LOCKS].mutex);
    if (copy)
        unpack(copy, from, out);
    return copy != NULL;
}

bool principal_cache_get(struct principal_cache *c, struct arena *a, struct str token, int64_t now, struct actor *out)
{
    struct hash hash;
    return token_hash(token, &hash) && get(c, a, &hash, now, out);
}

static void put(struct principal_cache *c, const struct hash *hash, uint64_t generation, int64_t now, int64_t until, const struct actor *actor)
{
    size_t set = set_of(hash);
    struct ready *ready = ready_new(actor), *gone = ready;
    pthread_mutex_lock(&c->lock[set % LOCKS].mutex);
    struct entry *place = &c->entry[set][0];
    for (size_t i = 0; i < WAYS; i++) {
        struct entry *e = &c->entry[set][i];
        if (e->ready && equal_in_constant_time(e->hash.b, hash->b, HASH_BYTES)) {
            place = e;
            break;
        }
        if (place->ready && (!e->ready || e->put_at < place->put_at))
            place = e;
    }
    if (atomic_load(&c->generation) == generation) {
        gone = place->ready;
        *place = (struct entry){*hash, now, until, ready};
    }
    pthread_mutex_unlock(&c->lock[set % LOCKS].mutex);
    free(gone);
}

enum err principal_cache_token(struct principal_cache *c, struct db *db, const struct keyring *k, const struct rules *rules, struct arena *a,
                               struct str token, int64_t now, struct actor *out, struct fail *f)
{
    struct hash hash;
    int64_t until;
    if (token_hash(token, &hash) && get(c, a, &hash, now, out))
        return ERR_OK;
    uint64_t generation = atomic_load(&c->generation);
    enum err e = staff_principal_until(db, k, rules, a, token, now, out, &until, f);
    if (!e)
        put(c, &hash, generation, now, until, out);
    return e;
}

void principal_cache_forget(struct principal_cache *c, struct str actor_id)
{
    atomic_fetch_add(&c->generation, 1); /* before the sweep: a look-up under way is refused in sets that the sweep has passed */
    for (size_t s = 0; s < SETS; s++) {
        pthread_mutex_lock(&c->lock[s % LOCKS].mutex);
        for (size_t i = 0; i < WAYS; i++) {
            struct entry *e = &c->entry[s][i];
            if (e->ready && (!actor_id.n || str_eq(e->ready->id, actor_id))) {
                free(e->ready);
                *e = (struct entry){0};
            }
        }
        pthread_mutex_unlock(&c->lock[s % LOCKS].mutex);
    }
}
