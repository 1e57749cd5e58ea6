/* Generations of rules, and who holds them. See rules.h, command.h and docs/internals/rules.md.
 *
 * Plain reference counting: the room holds one reference to what is in force, each reader one more. The only trap is between reading the
 * pointer and counting, when a swap could free what was just read; a mutex around these two instructions closes it. Epochs, or a counter
 * packed into the pointer, would save some twenty nanoseconds a request and cost a page of reasons why they are right. */
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include <stdlib.h>

struct generation {
    struct rules rules;
    struct arena *arena;
    struct engine_room *room;
    atomic_long holders;
};

struct generation *generation_new(struct engine_room *room)
{
    struct generation *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->arena = arena_new();
    g->room = room;
    g->rules.generation = g;
    atomic_store(&g->holders, 1); /* the maker, then the room */
    atomic_fetch_add(&room->generations, 1);
    return g;
}

static void drop(struct generation *g)
{
    struct engine_room *room = g->room;
    arena_free(&g->arena);
    free(g);
    atomic_fetch_sub(&room->generations, 1);
}

void generation_free(struct generation **g)
{
    if (*g)
        drop(*g);
    *g = NULL;
}

struct arena *generation_arena(struct generation *g) { return g->arena; }
struct rules *generation_rules(struct generation *g) { return &g->rules; }

const struct rules *rules_hold(struct engine_room *room)
{
    pthread_mutex_lock(&room->rules_lock);
    const struct rules *r = atomic_load_explicit(&room->rules, memory_order_relaxed);
    if (r && r->generation)
        atomic_fetch_add_explicit(&r->generation->holders, 1, memory_order_relaxed);
    pthread_mutex_unlock(&room->rules_lock);
    return r;
}

void rules_release(const struct rules *r)
{
    if (r && r->generation && atomic_fetch_sub_explicit(&r->generation->holders, 1, memory_order_acq_rel) == 1)
        drop(r->generation);
}

void rules_let_go(const struct rules **r)
{
    rules_release(*r);
    *r = NULL;
}

static void let_go(void *r) { rules_release(r); }

const struct rules *rules_for(struct engine_room *room, struct arena *a)
{
    const struct rules *r = rules_hold(room);
    if (r && r->generation)
        arena_on_reset(a, let_go, (void *)(uintptr_t)r);
    return r;
}

void rules_publish(struct engine_room *room, struct generation *g)
{
    pthread_mutex_lock(&room->rules_lock);
    if (g)
        g->rules.number = ++room->rules_published;
    const struct rules *old = atomic_exchange(&room->rules, g ? &g->rules : NULL);
    pthread_mutex_unlock(&room->rules_lock);
    rules_release(old);
}
