/* See request.h: reading a request. Also the pure parts of conditional requests. */
#include "http/http_private.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

struct arena *request_arena(struct request *r) { return r->arena; }
void *request_app(const struct request *r) { return r->server->app; }
void *request_worker(const struct request *r) { return r->worker; }
const struct route *request_route(const struct request *r) { return r->route; }
const char *request_id(const struct request *r) { return r->id; }
bool request_is_head(const struct request *r) { return r->head; }
int64_t request_now_ms(const struct request *r) { return r->now_ms; }
int64_t request_deadline_us(const struct request *r) { return r->deadline_us; }
void request_set_principal(struct request *r, void *principal) { r->principal = principal; }
void *request_principal(const struct request *r) { return r->principal; }
void request_set_state(struct request *r, void *state) { r->state = state; }
void *request_state(const struct request *r) { return r->state; }
void request_set_kept(struct request *r, void *kept) { r->kept = kept; }
void *request_kept(const struct request *r) { return r->kept; }
struct str request_path(const struct request *r) { return r->path; }
struct str request_host(const struct request *r) { return r->authority; }
int64_t request_content_length(const struct request *r) { return r->content_length < 0 ? 0 : r->content_length; }

struct str request_header(const struct request *r, const char *name)
{
    const char *value = NULL;
    size_t n = 0;
    if (!MHD_lookup_connection_value_n(r->connection, MHD_HEADER_KIND, name, strlen(name), &value, &n) || !value)
        return STR_NONE;
    return str_trim((struct str){value, n});
}

struct str request_content_type(const struct request *r)
{
    struct str t = request_header(r, "Content-Type");
    return t.p ? t : STR("");
}

struct str request_bearer(const struct request *r)
{
    struct str h = request_header(r, "Authorization");
    if (h.n < 8 || strncasecmp(h.p, "Bearer ", 7) != 0)
        return STR_NONE;
    h = str_trim(str_sub(h, 7, h.n));
    for (size_t i = 0; i < h.n; i++)
        if (h.p[i] <= 0x20 || h.p[i] >= 0x7f)
            return STR_NONE;
    return h.n ? h : STR_NONE;
}

struct str request_cookie(struct request *r, const char *name)
{
    struct str rest = request_header(r, "Cookie"), piece;
    while (str_next(&rest, ';', &piece)) {
        piece = str_trim(piece);
        ptrdiff_t eq = str_find_char(piece, '=');
        if (eq > 0 && str_is(str_sub(piece, 0, (size_t)eq), name))
            return str_sub(piece, (size_t)eq + 1, piece.n);
    }
    return STR_NONE;
}

static struct str pair_named(const struct form_pair *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(pairs[i].name, name))
            return pairs[i].value;
    return STR_NONE;
}

static bool pair_at(const struct form_pair *pairs, size_t n, size_t i, struct str *name_r, struct str *value_r)
{
    if (i >= n)
        return false;
    *name_r = pairs[i].name;
    *value_r = pairs[i].value;
    return true;
}

struct str request_query(const struct request *r, const char *name) { return pair_named(r->query, r->query_n, name); }

bool request_query_at(const struct request *r, size_t i, struct str *name_r, struct str *value_r)
{
    return pair_at(r->query, r->query_n, i, name_r, value_r);
}

bool request_query_i64(struct request *r, const char *name, int64_t min, int64_t max, int64_t absent, int64_t *v_r, struct fail *f)
{
    struct str s = request_query(r, name);
    *v_r = absent;
    if (!s.n)
        return true;
    if (str_to_i64(s, v_r) && *v_r >= min && *v_r <= max)
        return true;
    *v_r = absent;
    (void)fail_add(f, ERR_MALFORMED, NULL, name, "http.query_number", "%lld … %lld", (long long)min, (long long)max);
    return false;
}

static void parse_form(struct request *r)
{
    if (r->form_parsed)
        return;
    r->form_parsed = true;
    if (!pairs_parse(r->arena, buf_view(&r->body), FORM_PAIRS_MAX, &r->form, &r->form_n))
        r->form_n = 0;
}

struct str request_form(struct request *r, const char *name)
{
    parse_form(r);
    return pair_named(r->form, r->form_n, name);
}

bool request_form_at(struct request *r, size_t i, struct str *name_r, struct str *value_r)
{
    parse_form(r);
    return pair_at(r->form, r->form_n, i, name_r, value_r);
}

bool form_parse(struct arena *a, struct str body, struct form_pair **pairs_r, size_t *n_r) { return pairs_parse(a, body, FORM_PAIRS_MAX, pairs_r, n_r); }

struct str request_body(const struct request *r) { return r->body.p ? buf_view(&r->body) : STR(""); }

static const struct sockaddr *peer_address(const struct request *r)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return i ? i->client_addr : NULL;
}

static bool peer_is_loopback(const struct request *r)
{
    const struct sockaddr *a = peer_address(r);
    if (a && a->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24) == 127;
    if (a && a->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    return false;
}

struct str request_client(struct request *r)
{
    if (r->server->config.trust_forwarded && peer_is_loopback(r)) {
        struct str h = request_header(r, "X-Forwarded-For"), piece, last = STR_NONE;
        while (str_next(&h, ',', &piece))
            last = str_trim(piece); /* the one our own proxy wrote */
        unsigned char address[16];
        const char *c = last.n && last.n < 64 ? str_c(r->arena, last) : "";
        if (inet_pton(AF_INET, c, address) == 1 || inet_pton(AF_INET6, c, address) == 1)
            return last;
    }
    char *text = arena_alloc(r->arena, INET6_ADDRSTRLEN);
    const struct sockaddr *a = peer_address(r);
    if (a && a->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, text, INET6_ADDRSTRLEN);
    else if (a && a->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, text, INET6_ADDRSTRLEN);
    return str_of(text);
}

bool request_is_https(struct request *r)
{
    return r->server->config.trust_forwarded && peer_is_loopback(r) && str_is(request_header(r, "X-Forwarded-Proto"), "https");
}

/* Thousandths of a q-value; 1000 when absent or strange. */
static int quality(struct str parameters)
{
    ptrdiff_t at = str_find(parameters, STR("q="));
    if (at < 0)
        return 1000;
    struct str q = str_trim(str_sub(parameters, (size_t)at + 2, 5));
    int v = 0, scale = 1000;
    for (size_t i = 0; i < q.n; i++) {
        if (q.p[i] == '.')
            continue;
        if (q.p[i] < '0' || q.p[i] > '9')
            break;
        v += (q.p[i] - '0') * scale;
        scale /= 10;
    }
    return v > 1000 ? 1000 : v;
}

/* The quality the client gives to a token of a list header ("gzip", "en"), with sub-tags; -1 when it is not named. */
static int preference(struct str list, const char *token)
{
    struct str item;
    size_t n = strlen(token);
    int best = -1;
    while (str_next(&list, ',', &item)) {
        item = str_trim(item);
        if (item.n >= n && strncasecmp(item.p, token, n) == 0 &&
            (item.n == n || item.p[n] == ';' || item.p[n] == '-' || item.p[n] == ' ')) {
            int q = quality(str_sub(item, n, item.n));
            if (q > best)
                best = q;
        }
    }
    return best;
}

bool accepts_gzip(const struct request *r) { return preference(request_header(r, "Accept-Encoding"), "gzip") > 0; }

enum http_lang request_lang(struct request *r)
{
    if (!r->lang_known) {
        struct str lang = request_query(r, "lang");
        r->lang_known = true;
        if (str_is(lang, "en") || str_is(lang, "vi")) {
            r->lang = str_is(lang, "en") ? HTTP_EN : HTTP_VI;
        } else {
            struct str h = request_header(r, "Accept-Language");
            int en = preference(h, "en");
            r->lang = en > 0 && en > preference(h, "vi") ? HTTP_EN : HTTP_VI;
        }
    }
    return r->lang;
}

/* ---- conditions ---- */

/* One version of a dossier has one tag, however it was compressed on the way: "W/" and a proxy's "-gzip" are looked through. */
static struct str tag_core(struct str t)
{
    t = str_trim(t);
    if (str_has_prefix(t, STR("W/")))
        t = str_sub(t, 2, t.n);
    if (str_has_suffix(t, STR("-gzip\"")))
        return str_sub(t, 0, t.n - 6);
    return t.n && t.p[t.n - 1] == '"' ? str_sub(t, 0, t.n - 1) : t;
}

static bool tag_in_list(struct str list, struct str etag)
{
    struct str item;
    while (str_next(&list, ',', &item))
        if (str_is(str_trim(item), "*") || str_eq(tag_core(item), tag_core(etag)))
            return true;
    return false;
}

struct str etag_of_version(struct arena *a, int64_t version) { return str_printf(a, "\"%lld\"", (long long)version); }

enum err request_if_match(const struct request *r, struct str etag, struct fail *f)
{
    struct str h = request_header(r, "If-Match");
    if (!h.p)
        return fail_add(f, ERR_NEED_VERSION, NULL, "", "http.if_match", NULL);
    return tag_in_list(h, etag) ? ERR_OK : fail_add(f, ERR_VERSION, NULL, "", "http.version_changed", NULL);
}

static const char *const month_name[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void http_date_format(int64_t ms, char out[40])
{
    static const char *const day_name[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct civil c = time_civil(ms - VN_OFFSET_MS);
    snprintf(out, 40, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_name[civil_weekday(civil_days(c.year, c.month, c.day))], c.day,
             month_name[c.month - 1], c.year, c.hour, c.minute, c.second);
}

bool http_date_parse(struct str s, int64_t *ms_r)
{
    char month[4] = "", text[40];
    int day, year, hour, minute, second;
    if (s.n != 29)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (sscanf(text + 5, "%2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute, &second) != 6)
        return false;
    for (int m = 0; m < 12; m++)
        if (strcmp(month, month_name[m]) == 0 && civil_valid(year, m + 1, day) && hour < 24 && minute < 60 && second < 61) {
            *ms_r = civil_days(year, m + 1, day) * (int64_t)MS_DAY + (int64_t)hour * MS_HOUR + minute * MS_MINUTE +
                    second * MS_SECOND;
            return true;
        }
    return false;
}

bool request_not_modified(const struct request *r, struct str etag, int64_t modified_ms)
{
    struct str h = request_header(r, "If-None-Match");
    if (h.p)
        return etag.n && tag_in_list(h, etag);
    int64_t since;
    h = request_header(r, "If-Modified-Since");
    return h.p && modified_ms >= 0 && http_date_parse(h, &since) && modified_ms / MS_SECOND <= since / MS_SECOND;
}
