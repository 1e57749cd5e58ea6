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

enum err dataset_unpack(struct arena *a, struct str packed, struct str *text_r)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > UNPACKED_MAX)
        return ERR_CORRUPT;
    char *p = arena_alloc(a, (size_t)size + 1);
    size_t n = ZSTD_decompress(p, (size_t)size, packed.p, packed.n);
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
