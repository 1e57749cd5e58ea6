/* Reading an export: the order of its lines, every hash, chain and sum. Touches no store; the fuzz target enters here. */
#include "domain/command/exchange_private.h"
#include "base/dataset.h"
#include "base/buf.h"

struct reading {
    struct lines_in *in;
    struct chain *chain;
    struct exchange_report *report;
    struct fail *f;
    struct buf text;
    struct line line;
    int64_t number; /* of the line, from 1 */
    int64_t units, events;
};

enum err import_refuse(struct fail *f, enum err err, const char *code, int64_t line, const char *what)
{
    return fail_add(f, err, NULL, "", code, "line %lld: %s", (long long)line, what);
}

static enum err refuse(struct reading *r, enum err err, const char *code, const char *what) { return import_refuse(r->f, err, code, r->number, what); }

static enum err next(struct reading *r)
{
    struct str text;
    r->number++;
    switch (lines_next(r->in, &text)) {
    case LINE_READ: break;
    case LINE_NONE_LEFT: return refuse(r, ERR_MALFORMED, "import.truncated", r->number == 1 ? "the file is empty" : "the file ends without its end line");
    case LINE_CUT: return refuse(r, ERR_MALFORMED, "import.truncated", "the file ends in the middle of the line");
    case LINE_TOO_LONG: return refuse(r, ERR_TOO_LARGE, "import.line-too-long", "the line is longer than any line of an export");
    case LINE_UNREADABLE: return refuse(r, ERR_MALFORMED, "import.unreadable", "the file cannot be read or decompressed further");
    }
    const char *wrong = line_parse(text, &r->text, &r->line);
    if (!wrong)
        return ERR_OK;
    if (r->number == 1) {
        ptrdiff_t at = str_find(str_sub(text, 0, 300), STR("\"format\":\""));
        struct str rest = at < 0 ? STR_NONE : str_sub(text, (size_t)at + 10, 40), name;
        if (at >= 0 && str_next(&rest, '"', &name) && !str_is(name, EXPORT_FORMAT))
            return fail_add(r->f, ERR_TYPE, NULL, "", "import.format-unknown", "line 1: this release does not know the format of this file");
        return refuse(r, ERR_TYPE, "import.format-unknown", "the file is not an export");
    }
    return refuse(r, ERR_MALFORMED, "import.line-malformed", wrong);
}

static enum err dataset(struct reading *r, struct hash *last)
{
    struct hash h = dataset_hash(r->line.packed);
    if (r->report->events)
        return refuse(r, ERR_MALFORMED, "import.line-order", "a dataset comes after an event");
    if (memcmp(h.b, r->line.hash.b, HASH_BYTES) != 0)
        return refuse(r, ERR_CORRUPT, "import.hash", "the bytes of the dataset do not give its hash");
    if (r->report->datasets && memcmp(last->b, h.b, HASH_BYTES) >= 0)
        return refuse(r, ERR_MALFORMED, "import.line-order", "datasets are not in the order of their hashes, or one comes twice");
    *last = h;
    r->report->datasets++;
    return ERR_OK;
}

static enum err event(struct reading *r)
{
    size_t n;
    struct event *e = &r->line.event;
    const struct unit_head *heads = chain_heads(r->chain, &n);
    if (n && str_is(e->home_unit, heads[n - 1].unit) && e->pos <= heads[n - 1].pos)
        return refuse(r, ERR_MALFORMED, "import.line-order", "this position of the unit was there already");
    const char *wrong = chain_add(r->chain, e);
    if (wrong)
        return refuse(r, ERR_CORRUPT, "import.hash", wrong);
    r->report->events++;
    return ERR_OK;
}

static enum err end(struct reading *r)
{
    struct exchange_report *report = r->report;
    struct str more;
    report->sha256 = lines_sha256(r->in);
    report->bytes = lines_bytes(r->in);
    report->lines = r->number - 1;
    struct verify_report v = chain_report(r->chain);
    report->units = v.units;
    report->root = v.root;
    if (report->lines != r->line.lines)
        return refuse(r, ERR_CORRUPT, "import.sum", "the number of lines is not the one that the end line says");
    if (memcmp(report->sha256.b, r->line.hash.b, HASH_BYTES) != 0)
        return refuse(r, ERR_CORRUPT, "import.sum", "the lines do not give the SHA-256 that the end line says");
    r->number++;
    if (lines_next(r->in, &more) != LINE_NONE_LEFT)
        return refuse(r, ERR_MALFORMED, "import.trailing", "something follows the end line");
    return ERR_OK;
}

static enum err read_all(struct reading *r, enum err (*each)(void *arg, const struct line *l), void *arg)
{
    struct hash root, last = {0};
    enum err e = next(r);
    if (!e && r->line.kind != LINE_HEADER)
        e = refuse(r, ERR_TYPE, "import.format-unknown", r->line.kind == LINE_KEYS_HEADER ? "this is a file of keys, not an export" : "the header is missing");
    root = r->line.hash;
    r->report->rehearsal = r->line.rehearsal != 0;
    r->units = r->line.units;
    r->events = r->line.events;
    while (!e && !(e = next(r))) {
        bool fact = r->line.kind == LINE_DATASET || r->line.kind == LINE_EVENT;
        if (r->line.kind == LINE_END)
            break;
        if (!fact)
            return refuse(r, ERR_MALFORMED, "import.line-order", "this line has no place here");
        e = r->line.kind == LINE_DATASET ? dataset(r, &last) : event(r);
        if (!e && each)
            e = each(arg, &r->line);
    }
    if (!e)
        e = end(r);
    if (!e && (r->report->units != r->units || r->report->events != r->events))
        e = import_refuse(r->f, ERR_CORRUPT, "import.sum", 1, "the numbers of units or events are not those of the header");
    if (!e && memcmp(root.b, r->report->root.b, HASH_BYTES) != 0)
        e = import_refuse(r->f, ERR_CORRUPT, "import.root", 1, "the events do not give the root that the header says");
    return e;
}

enum err import_read(struct lines_in *in, struct chain *chain, enum err (*each)(void *arg, const struct line *l), void *arg,
                     struct exchange_report *report, struct fail *f)
{
    *report = (struct exchange_report){0};
    struct reading r = {.in = in, .chain = chain, .report = report, .f = f, .text = BUF_MAX(LINE_BYTES_MAX)};
    enum err e = read_all(&r, each, arg);
    buf_free(&r.text);
    return e;
}

enum err import_check(const char *path, struct exchange_report *report, struct fail *f)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail_add(f, ERR_NOT_FOUND, NULL, "", "import.no-file", NULL);
    struct lines_in *in = lines_in_new(file);
    struct chain *chain = chain_new();
    enum err e = import_read(in, chain, NULL, NULL, report, f);
    chain_free(&chain);
    lines_in_free(&in);
    return e;
}
