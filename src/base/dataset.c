/* See dataset.h. */
#include "base/dataset.h"
#include <zstd.h>

enum { UNPACKED_MAX = 64 << 20 };

const struct dataset *dataset_find(struct str name)
{
    for (size_t i = 0; i < dataset_count; i++)
        if (str_is(name, datasets[i].name))
            return &datasets[i];
    return NULL;
}

bool dataset_frame_next(struct str *rest, struct dataset_frame *frame_r)
{
    enum { ASIDE_HEAD = 8 }; /* magic and length, before what is said */
    if (!rest->n)
        return false;
    size_t n = ZSTD_findFrameCompressedSize(rest->p, rest->n);
    unsigned long long size = ZSTD_isError(n) ? ZSTD_CONTENTSIZE_ERROR : ZSTD_getFrameContentSize(rest->p, n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > UNPACKED_MAX)
        return false;
    bool aside = n >= ASIDE_HEAD && (rest->p[0] & 0xF0) == 0x50 && memcmp(rest->p + 1, "\x2A\x4D\x18", 3) == 0;
    *frame_r = (struct dataset_frame){.packed = str_sub(*rest, 0, n), .size = (size_t)size, .aside = aside ? str_sub(*rest, ASIDE_HEAD, n - ASIDE_HEAD) : STR_NONE};
    *rest = str_sub(*rest, n, rest->n);
    return true;
}

enum err dataset_unpack(struct arena *a, struct str packed, struct str *text_r)
{
    struct str rest = packed;
    struct dataset_frame frame;
    size_t size = 0;
    while (dataset_frame_next(&rest, &frame))
        if ((size += frame.size) > UNPACKED_MAX)
            return ERR_CORRUPT;
    if (rest.n || !packed.n)
        return ERR_CORRUPT;
    char *p = arena_alloc(a, size + 1);
    size_t n = ZSTD_decompress(p, size, packed.p, packed.n);
    if (ZSTD_isError(n) || n != size)
        return ERR_CORRUPT;
    *text_r = (struct str){p, n};
    return ERR_OK;
}

struct hash dataset_hash(struct str packed) { return SHA256(packed); }

bool tsv_open(struct tsv *t, struct str text)
{
    *t = (struct tsv){.rest = text};
    if (!tsv_row(t))
        return false;
    for (size_t i = 0; i < t->columns; i++)
        t->name[i] = t->cell[i];
    return true;
}

bool tsv_row(struct tsv *t)
{
    struct str line, cell;
    do {
        if (!str_next(&t->rest, '\n', &line))
            return false;
        t->line++;
    } while (line.n == 0);
    size_t n = 0;
    while (n < TSV_COLUMNS_MAX && str_next(&line, '\t', &cell))
        t->cell[n++] = cell;
    for (size_t i = n; i < t->columns; i++)
        t->cell[i] = STR_NONE;
    if (t->columns == 0)
        t->columns = n;
    return true;
}

int tsv_column(const struct tsv *t, const char *name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (str_is(t->name[i], name))
            return (int)i;
    return -1;
}

struct str tsv_cell(const struct tsv *t, int column) { return column < 0 ? STR_NONE : t->cell[column]; }
