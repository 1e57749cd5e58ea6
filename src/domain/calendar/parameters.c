/* See parameters.h. A few dozen rows: a linear search is fast enough where these are asked (once per command, or when a
 * calendar is built). */
#include "domain/calendar/parameters.h"
#include "base/dataset.h"
#include "base/timex.h"

struct parameters {
    size_t n;
    struct parameter row[PARAMETERS_MAX];
};

static bool overlap(const struct parameter *a, const struct parameter *b)
{
    return str_eq(a->key, b->key) && a->valid_from <= b->valid_to && b->valid_from <= a->valid_to;
}

static enum err append(struct parameters *p, struct parameter row, enum err kind, struct fail *f)
{
    if (str_empty(row.key) || str_empty(row.value) || row.valid_from > row.valid_to)
        return fail_add(f, kind, "R-001", "", "parameters.broken-row", "%.*s", PRS(row.key));
    if (p->n == PARAMETERS_MAX)
        return fail_add(f, kind, "R-001", "", "parameters.too-many", "%d", PARAMETERS_MAX);
    for (size_t i = 0; i < p->n; i++)
        if (overlap(&p->row[i], &row))
            return fail_add(f, kind, "R-001", "", "parameters.overlap", "%.*s", PRS(row.key));
    p->row[p->n++] = row;
    return ERR_OK;
}

static bool open_date(struct str cell, int64_t when_empty, int64_t *day_r)
{
    *day_r = when_empty;
    return str_empty(cell) || date_parse(cell, day_r);
}

struct parameters *parameters_load(struct arena *a, struct str tsv, struct fail *f)
{
    enum { KEY, VALUE, FROM, TO, BASIS, MARK, COLUMNS };
    static const char *const names[COLUMNS] = {"key", "value", "valid_from", "valid_to", "legal_basis", "mark"};
    int column[COLUMNS];
    struct tsv t;
    bool opened = tsv_open(&t, tsv);
    for (int i = 0; i < COLUMNS; i++)
        if (!opened || (column[i] = tsv_column(&t, names[i])) < 0) {
            fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.column-missing", "%s", names[i]);
            return NULL;
        }
    struct parameters *p = ARENA_NEW(a, struct parameters);
    while (tsv_row(&t)) {
        struct parameter row = {
            .key = tsv_cell(&t, column[KEY]), .value = tsv_cell(&t, column[VALUE]),
            .legal_basis = tsv_cell(&t, column[BASIS]), .mark = tsv_cell(&t, column[MARK]),
        };
        if (!open_date(tsv_cell(&t, column[FROM]), INT64_MIN, &row.valid_from)
            || !open_date(tsv_cell(&t, column[TO]), INT64_MAX, &row.valid_to)) {
            fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.broken-row", "%.*s", PRS(row.key));
            return NULL;
        }
        if (append(p, row, ERR_CORRUPT, f))
            return NULL;
    }
    return p;
}

enum err parameters_add(struct parameters *p, struct parameter row, struct fail *f)
{
    for (size_t i = 0; i < p->n; i++) {
        struct parameter *before = &p->row[i];
        if (!overlap(before, &row) || before->valid_from >= row.valid_from)
            continue;
        int64_t ended = before->valid_to;
        before->valid_to = row.valid_from - 1;
        enum err err = append(p, row, ERR_CONFLICT, f);
        if (err)
            before->valid_to = ended;
        return err;
    }
    return append(p, row, ERR_CONFLICT, f);
}

static void drop_row(struct parameters *p, size_t i)
{
    memmove(&p->row[i], &p->row[i + 1], (p->n - i - 1) * sizeof p->row[0]);
    p->n--;
}

enum err parameters_overlay(struct parameters *p, struct parameter row, struct fail *f)
{
    bool open = row.valid_to == INT64_MAX;
    if (str_empty(row.key) || str_empty(row.value) || row.valid_from > row.valid_to)
        return fail_add(f, ERR_INVALID, "R-001", "", "parameters.broken-row", "%.*s", PRS(row.key));
    if (p->n + 2 > PARAMETERS_MAX)
        return fail_add(f, ERR_TOO_LARGE, "R-001", "", "parameters.too-many", "%d", PARAMETERS_MAX);
    for (size_t i = 0; i < p->n && open; i++)
        if (str_eq(p->row[i].key, row.key) && p->row[i].valid_from > row.valid_from && p->row[i].valid_from <= row.valid_to)
            row.valid_to = p->row[i].valid_from - 1;
    for (size_t i = 0; i < p->n;) {
        struct parameter was = p->row[i];
        if (!overlap(&was, &row)) {
            i++;
            continue;
        }
        drop_row(p, i);
        if (was.valid_from < row.valid_from) {
            struct parameter head = was;
            head.valid_to = row.valid_from - 1;
            p->row[p->n++] = head;
        }
        if (was.valid_to > row.valid_to && !open) {
            was.valid_from = row.valid_to + 1;
            p->row[p->n++] = was;
        }
    }
    p->row[p->n++] = row;
    return ERR_OK;
}

size_t parameters_count(const struct parameters *p) { return p->n; }

const struct parameter *parameters_at(const struct parameters *p, size_t i) { return i < p->n ? &p->row[i] : NULL; }

const struct parameter *parameter_find(const struct parameters *p, const char *key, int64_t on_day)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_is(p->row[i].key, key) && p->row[i].valid_from <= on_day && on_day <= p->row[i].valid_to)
            return &p->row[i];
    return NULL;
}

enum err parameter_str(const struct parameters *p, const char *key, int64_t on_day, struct str *v_r, struct fail *f)
{
    const struct parameter *row = parameter_find(p, key, on_day);
    if (row == NULL)
        return fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.missing", "%s", key);
    *v_r = row->value;
    return ERR_OK;
}

static enum err unreadable(const char *key, struct fail *f)
{
    return fail_add(f, ERR_CORRUPT, "R-001", "", "parameters.unreadable", "%s", key);
}

enum err parameter_i64(const struct parameters *p, const char *key, int64_t on_day, int64_t *v_r, struct fail *f)
{
    struct str text;
    enum err err = parameter_str(p, key, on_day, &text, f);
    if (err)
        return err;
    return str_to_i64(text, v_r) ? ERR_OK : unreadable(key, f);
}

enum err parameter_ms_of_day(const struct parameters *p, const char *key, int64_t on_day, int32_t *ms_r, struct fail *f)
{
    struct str text;
    enum err err = parameter_str(p, key, on_day, &text, f);
    if (err)
        return err;
    return ms_of_day_parse(text, ms_r) ? ERR_OK : unreadable(key, f);
}

enum err parameter_date(const struct parameters *p, const char *key, int64_t on_day, int64_t *day_r, struct fail *f)
{
    struct str text;
    enum err err = parameter_str(p, key, on_day, &text, f);
    if (err)
        return err;
    return date_parse(text, day_r) ? ERR_OK : unreadable(key, f);
}

bool ms_of_day_parse(struct str s, int32_t *ms_r)
{
    int64_t hour, minute;
    if (s.n != 5 || s.p[2] != ':' || !str_all_digits(str_sub(s, 0, 2)) || !str_all_digits(str_sub(s, 3, 2))
        || !str_to_i64(str_sub(s, 0, 2), &hour) || !str_to_i64(str_sub(s, 3, 2), &minute) || minute > 59
        || hour * 60 + minute > 24 * 60)
        return false;
    *ms_r = (int32_t)(hour * MS_HOUR + minute * MS_MINUTE);
    return true;
}
