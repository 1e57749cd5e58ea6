/* Procedures. A procedure by code is answered on the I/O thread from memory: its JSON is made once a day and kept, at most CACHE_SLOTS of
 * them, direct-mapped; the answer gets a copy, so that a kept page may be replaced at any time. */
#include "face/api/api_private.h"
#include <pthread.h>
#include <stdlib.h>

enum { CACHE_SLOTS = 1024, CACHE_LOCKS = 16, PROCEDURE_JSON_MAX = 1 << 20 };

struct slot {
    const struct procedure *p;
    uint64_t rules; /* number of the generation: an address may come again */
    int64_t day;
    struct buf json;
    char *gzip;
    size_t gzip_n;
};
struct procedure_cache {
    struct slot slot[CACHE_SLOTS];
    pthread_mutex_t lock[CACHE_LOCKS];
};

struct procedure_cache *procedure_cache_new(void)
{
    struct procedure_cache *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    for (size_t i = 0; i < CACHE_LOCKS; i++)
        pthread_mutex_init(&c->lock[i], NULL);
    return c;
}

static void slot_clear(struct slot *s)
{
    buf_free(&s->json);
    free(s->gzip);
    *s = (struct slot){.json = BUF_MAX(PROCEDURE_JSON_MAX)};
}

void procedure_cache_free(struct procedure_cache **c)
{
    if (!*c)
        return;
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        slot_clear(&(*c)->slot[i]);
    free(*c);
    *c = NULL;
}

static void fill(struct slot *s, struct request *r, const struct rules *rules, const struct procedure *p, int64_t day)
{
    slot_clear(s);
    struct procedure_view view = {true, rules->province, day};
    procedure_json(&s->json, rules->catalog, p, &view);
    struct str gzip = http_gzip(request_arena(r), buf_view(&s->json));
    if (gzip.n && (s->gzip = malloc(gzip.n))) {
        memcpy(s->gzip, gzip.p, gzip.n);
        s->gzip_n = gzip.n;
    }
    s->p = p;
    s->rules = rules->number;
    s->day = day;
}

static void respond_procedure(struct request *r, const struct procedure *p, int64_t day)
{
    struct procedure_cache *c = api_of(r)->procedures;
    const struct rules *rules = rules_of(r);
    struct arena *a = request_arena(r);
    size_t i = ((uintptr_t)p / sizeof *p) % CACHE_SLOTS;
    struct http_kept kept = {.type = "application/json; charset=utf-8"};
    pthread_mutex_lock(&c->lock[i % CACHE_LOCKS]);
    struct slot *s = &c->slot[i];
    if (s->p != p || s->rules != rules->number || s->day != day)
        fill(s, r, rules, p, day);
    kept.plain = str_dup(a, buf_view(&s->json));
    kept.gzip = s->gzip_n ? str_dup(a, str_bytes(s->gzip, s->gzip_n)) : STR_NONE;
    bool overflow = s->json.overflow;
    pthread_mutex_unlock(&c->lock[i % CACHE_LOCKS]);
    if (overflow)
        respond_error(r, ERR_INTERNAL, "answer.too-large", NULL);
    else
        respond_kept(r, &kept);
}

enum http_result api_procedure(struct request *r)
{
    const struct rules *rules = rules_of(r);
    struct str code = request_path_param(r, "code"), agency = request_query(r, "agency");
    int64_t day;
    if (!query_day(r, "on", &day))
        return HTTP_DONE;
    size_t candidates = 0;
    const struct procedure *p = procedure_find(rules->catalog, code, agency.p ? agency : STR(""), day, &candidates);
    if (p) {
        respond_procedure(r, p, day);
        return HTTP_DONE;
    }
    if (candidates <= 1)
        return refuse_code(r, ERR_NOT_FOUND, "", "procedure.unknown");
    struct fail f = {0};
    struct str agencies[FAIL_DETAILS_MAX];
    size_t n = procedure_agencies(rules->catalog, code, agencies, ARRAY_LEN(agencies));
    for (size_t i = 0; i < n && i < ARRAY_LEN(agencies); i++)
        fail_add(&f, ERR_MALFORMED, NULL, "agency", "procedure.agency-needed", "%.*s", PRS(agencies[i]));
    return refuse(r, &f);
}

enum http_result api_procedures(struct request *r)
{
    const struct rules *rules = rules_of(r);
    struct fail f = {0};
    int64_t day, limit;
    if (!query_day(r, "on", &day) || !query_limit(r, 20, CATALOG_PAGE_MAX, &limit))
        return HTTP_DONE;
    struct str q = request_query(r, "q"), sector = request_query(r, "sector"), level = request_query(r, "level"), after = request_query(r, "cursor");
    struct catalog_query query = {.q = q.p ? q : STR(""), .sector = sector.p ? sector : STR(""), .province = rules->province, .day = day,
                                  .after = after.p ? after : STR(""), .limit = (size_t)limit,
                                  .receivable_only = str_is(request_query(r, "receivable"), "true")};
    if (level.n && !(query.levels = level_parse(level)))
        return refuse_code(r, ERR_MALFORMED, "level", "query.level");
    struct catalog_page page;
    if (catalog_search(rules->catalog, request_arena(r), &query, &page, &f))
        return refuse(r, &f);
    struct buf b _buf_ = BUF_MAX(PROCEDURE_JSON_MAX);
    struct procedure_view view = {false, rules->province, day};
    buf_c(&b, "{\"total\":");
    buf_i64(&b, (int64_t)page.total);
    buf_c(&b, ",\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            buf_char(&b, ',');
        procedure_json(&b, rules->catalog, page.hits[i].p, &view);
    }
    return respond_list(r, &b, page.next);
}
