/* See arena.h. */
#include "base/arena.h"
#include <obstack.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ARENA_PLAIN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ARENA_PLAIN_MALLOC 1
#endif
#endif

struct cleanup {
    struct cleanup *next;
    void (*fn)(void *);
    void *arg;
};

static void out_of_memory(void)
{
    fputs("<2>motcua: out of memory\n", stderr);
    abort();
}

static void *must_malloc(size_t n)
{
    void *p = malloc(n);
    if (!p)
        out_of_memory();
    return p;
}

#ifdef ARENA_PLAIN_MALLOC
struct piece {
    struct piece *next;
    max_align_t data[];
};
struct arena {
    struct piece *pieces;
    struct cleanup *cleanups;
};
static void *take(struct arena *a, size_t n)
{
    struct piece *p = must_malloc(sizeof *p + n);
    p->next = a->pieces;
    a->pieces = p;
    return p->data;
}
static void drop_all(struct arena *a)
{
    while (a->pieces) {
        struct piece *next = a->pieces->next;
        free(a->pieces);
        a->pieces = next;
    }
}
struct arena *arena_new(void)
{
    struct arena *a = must_malloc(sizeof *a);
    *a = (struct arena){0};
    return a;
}
static void drop_arena(struct arena *a) { drop_all(a); }
#else
#define obstack_chunk_alloc must_malloc
#define obstack_chunk_free free
struct arena {
    struct obstack pool;
    void *first; /* everything from here on is dropped by a reset */
    struct cleanup *cleanups;
};
static void *take(struct arena *a, size_t n) { return obstack_alloc(&a->pool, n); }
static void drop_all(struct arena *a)
{
    obstack_free(&a->pool, a->first);
    a->first = obstack_alloc(&a->pool, 1);
}
struct arena *arena_new(void)
{
    obstack_alloc_failed_handler = out_of_memory;
    struct arena *a = must_malloc(sizeof *a);
    obstack_begin(&a->pool, 8192);
    obstack_alignment_mask(&a->pool) = _Alignof(max_align_t) - 1;
    a->first = obstack_alloc(&a->pool, 1);
    a->cleanups = NULL;
    return a;
}
static void drop_arena(struct arena *a) { obstack_free(&a->pool, NULL); }
#endif

static void run_cleanups(struct arena *a)
{
    while (a->cleanups) {
        struct cleanup *c = a->cleanups;
        a->cleanups = c->next;
        c->fn(c->arg);
    }
}

void arena_reset(struct arena *a)
{
    run_cleanups(a);
    drop_all(a);
}

void arena_free(struct arena **a)
{
    if (!*a)
        return;
    run_cleanups(*a);
    drop_arena(*a);
    free(*a);
    *a = NULL;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = take(a, n ? n : 1);
    memset(p, 0, n ? n : 1);
    return p;
}

void arena_on_reset(struct arena *a, void (*fn)(void *), void *arg)
{
    struct cleanup *c = ARENA_NEW(a, struct cleanup);
    *c = (struct cleanup){a->cleanups, fn, arg};
    a->cleanups = c;
}
