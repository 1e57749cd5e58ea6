/* The press: one child process that makes papers. It is this program started anew (`/proc/self/exe press-child`), so it holds no key, no connection and no
 * memory of ours; it has a socket to us and nothing else: no network, no new program, no file to write (sandbox.c), a limit of CPU time for each paper and
 * one of memory. It stays warm, for reading fonts costs more than a receipt.
 *
 * One paper at a time. Who comes while PRESS_WAITING_MAX wait is told to come again (ERR_BUSY): a flood of papers must not take the workers of pages. When the
 * child dies in the middle another one is asked the same once; what kills two is refused (ERR_UNAVAILABLE "print.failed"). After PRESS_JOBS_MAX papers a child is
 * replaced, so that what leaks in a library leaks for a while only. */
#pragma once
#include "base/buf.h"
#include "print/form.h"
#include <jansson.h>

enum {
    PRESS_WAITING_MAX = 4,
    PRESS_JOBS_MAX = 500,
    PRESS_JOB_CPU_S = 10,
    PRESS_JOB_WAIT_MS = 20000, /* on the wall */
    PRESS_MEMORY_MB = 768,     /* of addresses */
    PRESS_DOC_MAX = 16 << 20,
    PRESS_PDF_MAX = 48 << 20
};
#define PRESS_CHILD_WORD "press-child"

struct press;
/* Starts the child at once. `program`: NULL for this very one. */
struct press *press_new(const char *program);
void press_free(struct press **p);
/* Any thread. The PDF goes into the buffer (PRESS_PDF_MAX). */
enum err press_print(struct press *p, const struct form_version *version, const json_t *doc, struct buf *pdf, struct fail *f) CHECKED;
int press_pid(struct press *p); /* of the child, for tests that kill it; 0: none just now */

/* main() of the child: `motcua press-child`, with its socket as descriptor 3. */
int press_child(void);
