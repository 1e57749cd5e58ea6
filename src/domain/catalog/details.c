/* The details of procedures: one JSON object for each, 17 MB of text together, of which a day asks for a few hundred. They stay packed in
 * memory and one is unpacked with its neighbours when somebody asks. tools/pack-details writes the file: in front, in a frame that zstd
 * passes over, the codes in each of the frames that follow, a line a frame; then the frames. What is asked for most stands alone in its
 * frame and is unpacked at once, so that a receipt, which needs the list of papers, hardly ever waits for it.
 *
 * A file without that list, as a store may have adopted it from an older release, is unpacked as a whole when it is loaded. */
#include "catalog_private.h"
#include "base/dataset.h"

static bool join(struct procedure *rows, size_t n, struct str code, const struct detail_frame *frame, uint32_t line)
{
    size_t first = row_first(rows, n, code);
    if (!code.n || first == n || !str_eq(rows[first].code, code) || rows[first].detail)
        return false;
    for (size_t i = first; i < n && str_eq(rows[i].code, code); i++) {
        rows[i].detail = frame;
        rows[i].detail_line = line;
    }
    return true;
}

static size_t lines_of(struct str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static bool code_of(struct str line, struct str *code_r)
{
    const struct str begin = STR("{\"code\":\"");
    struct str rest = str_sub(line, begin.n, line.n);
    return str_has_prefix(line, begin) && str_next(&rest, '"', code_r);
}

/* The detail that is alone in its frame. */
static bool unpack_alone(struct catalog *c, struct detail_frame *frame, struct str code)
{
    struct str text, is;
    if (dataset_unpack(c->a, frame->packed, &text) || !str_next(&text, '\n', &frame->line))
        return false;
    c->bytes += frame->line.n;
    return code_of(frame->line, &is) && str_eq(is, code);
}

static bool join_listed(struct catalog *c, struct procedure *rows, size_t n, struct str list, struct str packed, struct fail *f)
{
    struct detail_frame *frame = catalog_alloc(c, lines_of(list) * sizeof *frame);
    struct str line, code;
    for (size_t at = 1; list.n && str_next(&list, '\n', &line); at++, frame++) {
        struct dataset_frame found;
        if (!dataset_frame_next(&packed, &found))
            return bad_row(f, "procedures.jsonl", at, "frame");
        frame->packed = found.packed;
        if (line.n && str_find_char(line, ' ') < 0 && !unpack_alone(c, frame, line))
            return bad_row(f, "procedures.jsonl", at, "code");
        for (uint32_t place = 0; line.n && str_next(&line, ' ', &code); place++) {
            if (!join(rows, n, code, frame, place))
                return bad_row(f, "procedures.jsonl", at, "no such row, or twice");
            c->size.details++;
        }
    }
    return !packed.n || bad_row(f, "procedures.jsonl", 0, "frame");
}

static bool join_whole(struct catalog *c, struct procedure *rows, size_t n, struct str packed, struct fail *f)
{
    struct str text, line, code;
    if (dataset_unpack(c->a, packed, &text))
        return bad_row(f, "procedures.jsonl", 0, "zstd");
    struct detail_frame *frame = catalog_alloc(c, lines_of(text) * sizeof *frame);
    for (size_t at = 1; text.n && str_next(&text, '\n', &line); at++) {
        if (!line.n)
            continue;
        frame->line = line;
        if (!code_of(line, &code) || !join(rows, n, code, frame++, 0))
            return bad_row(f, "procedures.jsonl", at, "code, no such row, or twice");
        c->size.details++;
    }
    return true;
}

bool details_join(struct catalog *c, struct procedure *rows, size_t n, struct str packed, struct fail *f)
{
    struct str rest = packed;
    struct dataset_frame first;
    if (!packed.n)
        return true; /* a catalogue without details still works */
    if (dataset_frame_next(&rest, &first) && first.aside.n)
        return join_listed(c, rows, n, first.aside, rest, f);
    return join_whole(c, rows, n, packed, f);
}

enum err procedure_detail(struct arena *a, const struct procedure *p, struct str *json_r)
{
    struct str text, code;
    *json_r = p->detail ? p->detail->line : STR("");
    if (!p->detail || json_r->p)
        return ERR_OK;
    if (dataset_unpack(a, p->detail->packed, &text))
        return ERR_CORRUPT;
    for (uint32_t i = 0; i <= p->detail_line; i++)
        if (!str_next(&text, '\n', json_r))
            return ERR_CORRUPT;
    return code_of(*json_r, &code) && str_eq(code, p->code) ? ERR_OK : ERR_CORRUPT;
}
