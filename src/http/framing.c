/* Is this message unmistakable? Request smuggling lives from two programs that read one message differently. The library
 * (0.9.75) is generous: it takes bare LF and bare CR as line ends, folds lines, keeps blanks before the colon, takes the first of
 * two Content-Length, prefers Transfer-Encoding, lets blanks into the target and reads an empty chunk size as the end. So:
 *
 * - Transfer-Encoding is refused altogether (411; with Content-Length 400): our clients and the proxy send Content-Length.
 * - Everything else is judged here from the header list, before the body is touched; a refusal closes the connection.
 * - Line ends are judged from where the strings lie: 0.9.75 cuts the lines in place, writing two NULs over CR LF and one over
 *   a bare LF or CR. Method, target, version, names and values must therefore follow each other without a gap. This knowledge is
 *   used only with exactly this version of the library; 1.0 and later read strictly themselves. */
#include "base/vn.h"
#include "http/http_private.h"

bool http_token(struct str s)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) && (!c || !strchr(allowed, c)))
            return false;
    }
    return s.n > 0;
}

bool http_text_valid(struct str s, bool line_breaks)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && !(line_breaks && (c == '\n' || c == '\r' || c == '\t'))) || c == 0x7f)
            return false;
    }
    return vn_valid_utf8(s);
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool percent_decode(struct arena *a, struct str s, bool plus, struct str *out_r)
{
    if (str_find_char(s, '%') < 0 && !(plus && str_find_char(s, '+') >= 0)) {
        *out_r = s;
        return true;
    }
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = high < 0 ? -1 : hex(s.p[i + 2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        p[n++] = c;
    }
    *out_r = (struct str){p, n};
    return true;
}

bool pairs_parse(struct arena *a, struct str s, unsigned max, struct form_pair **pairs_r, size_t *n_r)
{
    size_t pieces = 1, n = 0;
    for (size_t i = 0; i < s.n; i++)
        pieces += s.p[i] == '&';
    *n_r = 0;
    if (pieces > max)
        return false;
    struct form_pair *pairs = ARENA_ARRAY(a, struct form_pair, pieces);
    struct str piece;
    while (str_next(&s, '&', &piece)) {
        if (!piece.n)
            continue;
        ptrdiff_t eq = str_find_char(piece, '=');
        struct str name = eq < 0 ? piece : str_sub(piece, 0, (size_t)eq);
        struct str value = eq < 0 ? STR("") : str_sub(piece, (size_t)eq + 1, piece.n);
        if (!percent_decode(a, name, true, &pairs[n].name) || !percent_decode(a, value, true, &pairs[n].value) ||
            !http_text_valid(pairs[n].name, false) || !http_text_valid(pairs[n].value, true))
            return false;
        n++;
    }
    *pairs_r = pairs;
    *n_r = n;
    return true;
}

struct scan {
    const struct http_config *config;
    bool in_place; /* the layout of the library's buffer is known */
    const char *end; /* of the string before */
    unsigned n, lengths, encodings, hosts;
    size_t bytes;
    struct str length, encoding, host, expect;
    int status; /* 0, or the refusal's */
    const char *code;
};

static bool equal_fold(const char *a, size_t n, const char *b) { return n == strlen(b) && strncasecmp(a, b, n) == 0; }

static void bad(struct scan *s, int status, const char *code)
{
    if (!s->status) {
        s->status = status;
        s->code = code;
    }
}

static enum MHD_Result scan_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
                                   size_t value_n)
{
    (void)kind;
    struct scan *s = cls;
    if (!value) {
        value = "";
        value_n = 0;
    }
    s->n++;
    s->bytes += name_n + value_n + 4;
    if (s->n > s->config->headers_max || s->bytes > s->config->header_bytes_max) {
        bad(s, 431, "http.headers_large");
        return MHD_NO;
    }
    if (!http_token((struct str){name, name_n}))
        bad(s, 400, "http.header");
    for (size_t i = 0; i < value_n; i++)
        if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7f)
            bad(s, 400, "http.header");
    if (s->in_place && !s->status) {
        if (name != s->end + 2 || s->end[0] || s->end[1] || value < name + name_n + 1)
            bad(s, 400, "http.line_end");
        else
            for (const char *p = name + name_n + 1; p < value; p++)
                if (*p != ' ' && *p != '\t')
                    bad(s, 400, "http.line_end");
        s->end = value + value_n;
    }
    struct str v = str_trim((struct str){value, value_n});
    if (equal_fold(name, name_n, "content-length")) {
        s->lengths++;
        s->length = v;
    } else if (equal_fold(name, name_n, "transfer-encoding")) {
        s->encodings++;
    } else if (equal_fold(name, name_n, "host")) {
        s->hosts++;
        s->host = v;
    } else if (equal_fold(name, name_n, "expect")) {
        s->expect = v;
    }
    return MHD_YES;
}

static bool host_valid(struct str h)
{
    if (!h.n || h.n > 255)
        return false;
    for (size_t i = 0; i < h.n; i++) {
        char c = h.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) && !strchr("-._:[]", c))
            return false;
    }
    return true;
}

/* The target: origin form, absolute form (its authority replaces Host, RFC 9112 §3.2.2), or "*" for OPTIONS. */
static void check_target(struct request *r, struct scan *s, const char *method)
{
    struct str t = r->target;
    if (t.n > LINE_MAX_BYTES) {
        bad(s, 414, "http.uri_long");
        return;
    }
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] <= 0x20 || t.p[i] == 0x7f || t.p[i] == '#' || t.p[i] == '\\') { /* UTF-8 is judged decoded */
            bad(s, 400, "http.path");
            return;
        }
    if (t.n > 7 && (strncasecmp(t.p, "http://", 7) == 0 || strncasecmp(t.p, "https://", 8) == 0)) {
        struct str rest = str_sub(t, t.p[4] == ':' ? 7 : 8, t.n);
        size_t n = 0;
        while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
            n++;
        r->authority = str_sub(rest, 0, n);
        if (!host_valid(r->authority))
            bad(s, 400, "http.path");
        t = n < rest.n && rest.p[n] == '/' ? str_sub(rest, n, rest.n) : STR_NONE;
    } else if (str_is(t, "*") && strcmp(method, "OPTIONS") == 0) {
        r->path = t;
        return;
    }
    ptrdiff_t mark = str_find_char(t, '?');
    r->path = mark < 0 ? t : str_sub(t, 0, (size_t)mark);
    if (!r->path.n || r->path.p[0] != '/') {
        bad(s, 400, "http.path");
        return;
    }
    if (mark >= 0 && !pairs_parse(r->arena, str_sub(t, (size_t)mark + 1, t.n), s->config->query_max, &r->query, &r->query_n))
        bad(s, 400, "http.query");
}

bool framing_check(struct request *r, const char *method, const char *version)
{
    struct scan s = {.config = &r->server->config, .in_place = strcmp(MHD_get_version(), "0.9.75") == 0};
    r->content_length = -1;
    bool http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    if (!http_token(str_of(method)) || strlen(method) > 32)
        bad(&s, 400, "http.method");
    else if (!http_1_0 && strcmp(version, "HTTP/1.1") != 0)
        bad(&s, strncmp(version, "HTTP/", 5) == 0 ? 505 : 400, "http.version");
    else if (s.in_place && (r->line_at != method + strlen(method) + 1 || version != r->line_at + r->line_n + 1))
        bad(&s, 400, "http.line_end");
    s.end = version + strlen(version);
    if (!s.status)
        MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, scan_header, &s);
    const union MHD_ConnectionInfo *size = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!s.status && s.in_place && (!size || size->header_size != (size_t)(s.end - method) + 4))
        bad(&s, 400, "http.line_end"); /* the blank line too ends in CR LF */
    if (!s.status)
        check_target(r, &s, method);
    if (s.hosts > 1 || (s.hosts == 0 && !http_1_0) || (s.hosts && !host_valid(s.host)))
        bad(&s, 400, "http.host");
    if (!r->authority.p)
        r->authority = s.host;
    if (s.encodings)
        bad(&s, s.lengths || http_1_0 ? 400 : 411, s.lengths ? "http.framing" : "http.length");
    if (s.lengths) {
        if (s.lengths > 1 || !str_all_digits(s.length) || !str_to_i64(s.length, &r->content_length) ||
            r->content_length > (int64_t)1 << 53)
            bad(&s, 400, "http.framing");
    }
    if (s.expect.n) {
        if (!equal_fold(s.expect.p, s.expect.n, "100-continue"))
            bad(&s, 417, "http.expect");
        r->expects_continue = true;
    }
    if (s.status)
        respond_problem_status(r, s.status, s.code, NULL);
    return !s.status;
}
