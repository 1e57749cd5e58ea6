/* What press.c and child.c say to each other, over a stream socket: a head and so many bytes, one answer to each question. */
#pragma once
#include "base/str.h"

enum { PRESS_FD = 3, PRESS_MAGIC = 0x6d637072 };
struct press_head {
    uint32_t magic;
    uint32_t what; /* asking: the place in form_versions; answering: an enum err */
    uint32_t n;    /* bytes that follow: the document, the PDF, or the code of the complaint */
};
/* All bytes or false; `until_us` on time_monotonic_us, 0: however long. */
bool wire_read(int fd, void *p, size_t n, int64_t until_us);
bool wire_write(int fd, const void *p, size_t n, int64_t until_us);

/* Of the child: limits first, then, when the fonts are warm, the gate of system calls. False: this machine does not have it, or a sanitizer needs more. */
void sandbox_limit(size_t memory_mb);
bool sandbox_close(void);
