/* See multipart.h. One window holds what is not told yet: at most a piece, and the part of a boundary that may begin at its end. */
#include "http/multipart.h"
#include "base/buf.h"
#include <stdlib.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70, FEED = 64 * 1024 };
enum where { BEFORE, AFTER_BOUNDARY, HEADERS, BODY, CLOSED, BROKEN };

struct multipart {
    struct multipart_to to;
    enum where where;
    char delimiter[BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t delimiter_n, parts;
    struct buf window;
    struct part part;
    char name[MULTIPART_NAME_MAX + 1], file_name[MULTIPART_FILE_NAME_MAX + 1], type[MULTIPART_TYPE_MAX + 1];
};

static bool starts_with_word(struct str s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

/* The value of `; name=` or `; name="…"` in a header; false when it is not there. */
static bool parameter(struct str header, const char *name, struct str *value_r)
{
    size_t n = strlen(name), i = 0;
    bool quoted = false;
    while (i < header.n) {
        if (header.p[i] == '"')
            quoted = !quoted;
        if (quoted || header.p[i++] != ';') {
            i += quoted;
            continue;
        }
        while (i < header.n && (header.p[i] == ' ' || header.p[i] == '\t'))
            i++;
        struct str rest = str_sub(header, i, header.n);
        if (rest.n <= n || !starts_with_word(rest, name) || rest.p[n] != '=')
            continue;
        rest = str_sub(rest, n + 1, rest.n);
        bool in_quotes = rest.n && rest.p[0] == '"';
        if (in_quotes)
            rest = str_sub(rest, 1, rest.n);
        ptrdiff_t end = str_find_char(rest, in_quotes ? '"' : ';');
        if (in_quotes && end < 0)
            return false;
        *value_r = end < 0 ? str_trim(rest) : in_quotes ? str_sub(rest, 0, (size_t)end) : str_trim(str_sub(rest, 0, (size_t)end));
        return true;
    }
    return false;
}

static bool boundary_good(struct str b)
{
    if (!b.n || b.n > BOUNDARY_MAX || b.p[b.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] < ' ' || b.p[i] > '~')
            return false;
    return true;
}

enum err multipart_new(struct str content_type, const struct multipart_to *to, struct multipart **m_r, struct fail *f)
{
    struct str boundary;
    *m_r = NULL;
    if (!starts_with_word(content_type, "multipart/form-data") || !parameter(content_type, "boundary", &boundary) || !boundary_good(boundary))
        return fail_add(f, ERR_TYPE, NULL, "", "http.multipart", NULL);
    struct multipart *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->to = *to;
    m->window = BUF_MAX(2 * FEED + MULTIPART_HEADERS_MAX + BOUNDARY_MAX + 16);
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_n = boundary.n + 4;
    buf_c(&m->window, "\r\n"); /* the first boundary stands at the beginning of a line, too */
    *m_r = m;
    return ERR_OK;
}

void multipart_free(struct multipart **mp)
{
    if (!*mp)
        return;
    buf_free(&(*mp)->window);
    free(*mp);
    *mp = NULL;
}

static void take(struct multipart *m, size_t n)
{
    memmove(m->window.p, m->window.p + n, m->window.n - n);
    m->window.n -= n;
}

static enum err broken(struct multipart *m, struct fail *f, enum err e, const char *code)
{
    m->where = BROKEN;
    return fail_add(f, e, NULL, "", code, NULL);
}

/* As browsers write names (WHATWG): only the quote and line ends are percent-encoded. Cut at the maximum. */
static struct str copy_name(char *to, size_t max, struct str s)
{
    static const struct { const char *code; char c; } codes[] = {{"%22", '"'}, {"%0D", ' '}, {"%0A", ' '}};
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < max; i++) {
        char c = s.p[i];
        for (size_t k = 0; k < ARRAY_LEN(codes); k++)
            if (s.n - i >= 3 && strncasecmp(s.p + i, codes[k].code, 3) == 0) {
                c = codes[k].c;
                i += 2;
                break;
            }
        to[n++] = c;
    }
    to[n] = '\0';
    return str_bytes(to, n);
}

/* Old browsers send whole paths. */
static struct str without_folders(struct str s)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
            return str_sub(s, i, s.n);
    return s;
}

static bool read_headers(struct multipart *m, struct str headers)
{
    struct str line, value;
    bool named = false;
    m->part = (struct part){STR(""), STR(""), STR(""), false};
    while (headers.n && str_next(&headers, '\n', &line)) {
        line = str_trim(line);
        if (starts_with_word(line, "content-type:"))
            m->part.type = copy_name(m->type, MULTIPART_TYPE_MAX, str_trim(str_sub(line, 13, line.n)));
        if (!starts_with_word(line, "content-disposition:"))
            continue;
        struct str disposition = str_trim(str_sub(line, 20, line.n));
        named = starts_with_word(disposition, "form-data") && parameter(disposition, "name", &value) && value.n <= MULTIPART_NAME_MAX;
        if (!named)
            return false;
        m->part.name = copy_name(m->name, MULTIPART_NAME_MAX, value);
        m->part.is_file = parameter(disposition, "filename", &value);
        if (m->part.is_file)
            m->part.file_name = without_folders(copy_name(m->file_name, MULTIPART_FILE_NAME_MAX, value));
    }
    return named;
}

/* Each step takes something off the window and says whether to go on. */
static bool step_body(struct multipart *m, enum err *e)
{
    struct str w = buf_view(&m->window), delimiter = str_bytes(m->delimiter, m->delimiter_n);
    ptrdiff_t at = str_find(w, delimiter);
    size_t told = at >= 0 ? (size_t)at : w.n >= m->delimiter_n ? w.n - (m->delimiter_n - 1) : 0;
    if (m->where == BODY && told)
        *e = m->to.data(m->to.arg, str_sub(w, 0, told));
    if (!*e && at >= 0 && m->where == BODY)
        *e = m->to.end(m->to.arg);
    take(m, at >= 0 ? told + m->delimiter_n : told);
    if (at >= 0)
        m->where = AFTER_BOUNDARY;
    return at >= 0 && !*e;
}

static bool step_after(struct multipart *m, struct fail *f, enum err *e)
{
    struct str w = buf_view(&m->window);
    size_t i = 0;
    while (i < w.n && (w.p[i] == ' ' || w.p[i] == '\t'))
        i++;
    if (w.n - i < 2) {
        if (i > MULTIPART_HEADERS_MAX)
            *e = broken(m, f, ERR_MALFORMED, "http.multipart");
        return false;
    }
    if (i == 0 && w.p[0] == '-' && w.p[1] == '-')
        m->where = CLOSED;
    else if (w.p[i] == '\r' && w.p[i + 1] == '\n') {
        m->where = HEADERS;
        take(m, i); /* its line end stays: it may be the one that ends empty headers */
    } else
        *e = broken(m, f, ERR_MALFORMED, "http.multipart");
    return m->where == HEADERS;
}

static bool step_headers(struct multipart *m, struct fail *f, enum err *e)
{
    struct str w = buf_view(&m->window);
    ptrdiff_t end = str_find(w, STR("\r\n\r\n"));
    if (end > MULTIPART_HEADERS_MAX || (end < 0 && w.n > MULTIPART_HEADERS_MAX + 4) || (end >= 0 && !read_headers(m, str_sub(w, 0, (size_t)end)))) {
        *e = broken(m, f, ERR_MALFORMED, "http.multipart");
        return false;
    }
    if (end < 0)
        return false;
    if (++m->parts > MULTIPART_PARTS_MAX) {
        *e = broken(m, f, ERR_TOO_LARGE, "http.multipart-parts");
        return false;
    }
    take(m, (size_t)end + 4);
    m->where = BODY;
    *e = m->to.begin(m->to.arg, &m->part);
    return !*e;
}

static enum err work(struct multipart *m, struct fail *f)
{
    enum err e = ERR_OK;
    bool on = true;
    while (on && !e)
        switch (m->where) {
        case BEFORE:
        case BODY: on = step_body(m, &e); break;
        case AFTER_BOUNDARY: on = step_after(m, f, &e); break;
        case HEADERS: on = step_headers(m, f, &e); break;
        case CLOSED:
        case BROKEN: buf_clear(&m->window); on = false; break;
        }
    if (e)
        m->where = BROKEN;
    return e;
}

enum err multipart_feed(struct multipart *m, struct str piece, struct fail *f)
{
    enum err e = m->where == BROKEN ? fail_add(f, ERR_MALFORMED, NULL, "", "http.multipart", NULL) : ERR_OK;
    while (piece.n && !e) {
        size_t n = piece.n < FEED ? piece.n : FEED;
        buf_put(&m->window, piece.p, n);
        piece = str_sub(piece, n, piece.n);
        e = m->window.overflow ? broken(m, f, ERR_MALFORMED, "http.multipart") : work(m, f);
    }
    return e;
}

enum err multipart_end(const struct multipart *m, struct fail *f)
{
    return m->where == CLOSED ? ERR_OK : fail_add(f, ERR_MALFORMED, NULL, "", "http.multipart", NULL);
}
