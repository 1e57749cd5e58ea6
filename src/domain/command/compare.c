/* Two ordered readings of each projection table, walked side by side like the two halves of a merge. A table is read in pages after a key,
 * so that neither engine holds all of it; a pair of tables whose rows are folded from one into the other is read as sums. */
#include "domain/command/compare.h"
#include "base/buf.h"
#include <stdlib.h>

enum { PAGE = 1000, COLUMNS_MAX = 64, CELL_SHOWN = 60 };

struct side {
    struct db *db;
    const struct projection *p;
    struct rows rows;
    bool row, open;
    int key[PROJECTION_KEYS_MAX]; /* its columns */
    struct arena *page;           /* the last key of the page before, or the list of units of a sum */
    struct param last[PROJECTION_KEYS_MAX];
    int64_t in_page;
    struct str *unit; /* of a sum */
    size_t units, next_unit;
};

static struct param cell(const struct rows *r, int col)
{
    if (row_null(r, col))
        return p_null();
    return row_is_int(r, col) ? p_int(row_i64(r, col)) : p_text(row_str(r, col));
}

static int cell_cmp(const struct param *a, const struct param *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == PARAM_INT)
        return (a->i > b->i) - (a->i < b->i);
    return a->kind == PARAM_NULL ? 0 : str_cmp(a->s, b->s);
}

static enum err read_units(struct side *s)
{
    struct arena *a = s->page;
    size_t cap = 0;
    struct rows r _rows_ = {0};
    enum err e = db_query_params(s->db, &r, s->p->first, 0, NULL, 0);
    while (!e && rows_next(&r)) {
        if (s->units == cap) {
            struct str *more = ARENA_ARRAY(a, struct str, cap ? cap * 2 : 64);
            if (cap)
                memcpy(more, s->unit, cap * sizeof *more);
            s->unit = more;
            cap = cap ? cap * 2 : 64;
        }
        s->unit[s->units++] = str_dup(a, row_str(&r, 0));
    }
    return e ? e : rows_end(&r);
}

static enum err find_keys(struct side *s)
{
    for (unsigned k = 0; k < s->p->keys; k++) {
        s->key[k] = -1;
        for (int i = 0; i < rows_columns(&s->rows); i++)
            if (strcmp(row_name(&s->rows, i), s->p->key[k]) == 0)
                s->key[k] = i;
        if (s->key[k] < 0)
            return ERR_CORRUPT;
    }
    return rows_columns(&s->rows) <= COLUMNS_MAX ? ERR_OK : ERR_CORRUPT;
}

static enum err open_page(struct side *s, bool *more_r)
{
    enum err e;
    *more_r = true;
    if (s->p->sum) {
        *more_r = s->next_unit < s->units;
        if (!*more_r)
            return ERR_OK;
        e = db_query(s->db, &s->rows, s->p->next, p_text(s->unit[s->next_unit++]));
    } else if (s->in_page == 0)
        e = db_query(s->db, &s->rows, s->p->first, p_int(PAGE));
    else {
        struct param p[PROJECTION_KEYS_MAX + 1] = {p_int(PAGE)};
        memcpy(p + 1, s->last, s->p->keys * sizeof *p);
        e = db_query_params(s->db, &s->rows, s->p->next, 0, p, s->p->keys + 1);
    }
    s->open = e == ERR_OK;
    s->in_page = 0;
    return e ? e : find_keys(s);
}

/* Keeps the key of the page's last row: the next page begins after it. PostgreSQL wants bytes as bytes. */
static void keep_key(struct side *s)
{
    arena_reset(s->page);
    for (unsigned k = 0; k < s->p->keys; k++) {
        s->last[k] = cell(&s->rows, s->key[k]);
        if (s->last[k].kind == PARAM_TEXT)
            s->last[k] = (struct param){row_is_bytes(&s->rows, s->key[k]) ? PARAM_BYTES : PARAM_TEXT, 0, str_dup(s->page, s->last[k].s)};
    }
}

static enum err step(struct side *s)
{
    enum err e = ERR_OK;
    s->row = false;
    for (bool more = true; more && !e;) {
        if (s->open) {
            if (rows_next(&s->rows)) {
                s->row = true;
                if (++s->in_page == PAGE && !s->p->sum)
                    keep_key(s);
                return ERR_OK;
            }
            s->open = false;
            e = rows_end(&s->rows);
            if (e || (!s->p->sum && s->in_page < PAGE))
                return e;
        }
        e = open_page(s, &more);
    }
    return e;
}

static enum err side_open(struct side *s, struct db *db, const struct projection *p)
{
    *s = (struct side){.db = db, .p = p, .page = arena_new()};
    enum err e = p->sum ? read_units(s) : ERR_OK;
    return e ? e : step(s);
}

static void side_close(struct side *s)
{
    rows_close(&s->rows);
    arena_free(&s->page);
}

/* --- naming differences --- */

static bool hidden(const struct projection *p, const char *column)
{
    for (const char *const *h = p->hidden; *h; h++)
        if (strcmp(*h, column) == 0)
            return true;
    return false;
}

static void show(struct buf *b, const struct rows *r, int col)
{
    struct param c = cell(r, col);
    if (c.kind == PARAM_NULL)
        buf_c(b, "null");
    else if (c.kind == PARAM_INT)
        buf_i64(b, c.i);
    else if (row_is_bytes(r, col))
        buf_hex(b, c.s.p, c.s.n < CELL_SHOWN / 2 ? c.s.n : CELL_SHOWN / 2);
    else {
        buf_char(b, '"');
        for (size_t i = 0; i < c.s.n && i < CELL_SHOWN; i++) /* one line, whatever is in it */
            buf_char(b, (unsigned char)c.s.p[i] < ' ' || c.s.p[i] == '"' ? '?' : c.s.p[i]);
        buf_char(b, '"');
    }
    if (c.s.n > (row_is_bytes(r, col) ? CELL_SHOWN / 2 : CELL_SHOWN))
        buf_c(b, "…");
}

static void text_of(char *out, size_t size, const struct rows *r, int col)
{
    struct buf b _buf_ = BUF_MAX(1024);
    show(&b, r, col);
    snprintf(out, size, "%.*s", PRS(buf_view(&b)));
}

static void key_of(char *out, size_t size, const struct side *s)
{
    struct buf b _buf_ = BUF_MAX(4096);
    for (unsigned k = 0; k < s->p->keys; k++) {
        buf_c(&b, k ? " " : "");
        buf_c(&b, s->p->key[k]);
        buf_char(&b, '=');
        if (hidden(s->p, s->p->key[k]))
            buf_c(&b, "(not shown)");
        else
            show(&b, &s->rows, s->key[k]);
    }
    snprintf(out, size, "%.*s", PRS(buf_view(&b)));
}

static void add(struct replay_report *report, FILE *out, const struct replay_difference *d)
{
    if (report->differences++ >= REPLAY_DIFFERENCES_KEPT)
        return;
    report->difference[report->differences - 1] = *d;
    if (!out)
        return;
    if (d->column[0])
        fprintf(out, "%s %s: %s is %s, replayed %s\n", d->table, d->key, d->column, d->live, d->replayed);
    else
        fprintf(out, "%s %s: %s\n", d->table, d->key, d->live[0] ? "the row is there, replayed it is not" : "the row is missing, replayed it is there");
}

static void one_sided(struct replay_report *report, FILE *out, const struct side *s, bool live)
{
    struct replay_difference d = {.column = ""};
    snprintf(d.table, sizeof d.table, "%s", s->p->table);
    key_of(d.key, sizeof d.key, s);
    snprintf(live ? d.live : d.replayed, sizeof d.live, "%s", "there");
    add(report, out, &d);
}

static void columns(struct replay_report *report, FILE *out, const struct side *live, const struct side *replayed)
{
    for (int i = 0; i < rows_columns(&live->rows); i++) {
        struct param a = cell(&live->rows, i), b = cell(&replayed->rows, i);
        if (cell_cmp(&a, &b) == 0)
            continue;
        struct replay_difference d;
        const char *name = row_name(&live->rows, i);
        snprintf(d.table, sizeof d.table, "%s", live->p->table);
        key_of(d.key, sizeof d.key, live);
        snprintf(d.column, sizeof d.column, "%s", name);
        snprintf(d.live, sizeof d.live, "%s", "(not shown)");
        snprintf(d.replayed, sizeof d.replayed, "%s", "(not shown)");
        if (!hidden(live->p, name)) {
            text_of(d.live, sizeof d.live, &live->rows, i);
            text_of(d.replayed, sizeof d.replayed, &replayed->rows, i);
        }
        add(report, out, &d);
    }
}

static int key_cmp(const struct side *a, const struct side *b)
{
    for (unsigned k = 0; k < a->p->keys; k++) {
        struct param x = cell(&a->rows, a->key[k]), y = cell(&b->rows, b->key[k]);
        int c = cell_cmp(&x, &y);
        if (c)
            return c;
    }
    return 0;
}

static enum err compare(struct side *live, struct side *replayed, struct replay_report *report, FILE *out)
{
    enum err e = ERR_OK;
    while (!e && (live->row || replayed->row)) {
        int c = !live->row ? 1 : !replayed->row ? -1 : key_cmp(live, replayed);
        if (c < 0)
            one_sided(report, out, live, true);
        else if (c > 0)
            one_sided(report, out, replayed, false);
        else if (rows_columns(&live->rows) != rows_columns(&replayed->rows))
            return ERR_CORRUPT;
        else
            columns(report, out, live, replayed);
        report->rows += c <= 0;
        if (c <= 0)
            e = step(live);
        if (c >= 0 && !e)
            e = step(replayed);
    }
    return e;
}

enum err projections_compare(struct db *live, struct db *replayed, struct replay_report *report, FILE *out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < projection_count && !e; i++) {
        struct side a, b = {0};
        e = side_open(&a, live, &projections[i]);
        if (!e)
            e = side_open(&b, replayed, &projections[i]);
        if (!e)
            e = compare(&a, &b, report, out);
        if (e)
            snprintf(report->problem, sizeof report->problem, "table %s cannot be compared: %.150s", projections[i].table,
                     db_error(live)[0] ? db_error(live) : db_error(replayed));
        side_close(&a);
        side_close(&b);
        report->tables++;
    }
    if (out && report->differences > REPLAY_DIFFERENCES_KEPT)
        fprintf(out, "… and %lld more differences\n", (long long)(report->differences - REPLAY_DIFFERENCES_KEPT));
    return e;
}
