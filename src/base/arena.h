/* Memory of one request, command or start-up: everything is freed together, nothing alone.
 * Built on glibc obstack; under the sanitizers each allocation is its own malloc, so that overruns are seen.
 * Allocation failure ends the process (an operator's machine without memory is restarted by its supervisor; a half-done
 * command is rolled back by the store). Cleanups run in reverse order when the arena is reset or freed. */
#pragma once
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Runs the cleanups and forgets all allocations; the arena may be used again. */
void arena_reset(struct arena *a);
void arena_free(struct arena **a);
/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n);
void arena_on_reset(struct arena *a, void (*fn)(void *), void *arg);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))
/* A scope's own arena: struct arena *a _arena_ = arena_new(); */
#define _arena_ __attribute__((cleanup(arena_free)))
