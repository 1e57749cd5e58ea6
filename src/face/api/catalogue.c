/* Procedures, from memory. A procedure by code is answered on the I/O thread; it and the pages of a search are kept (kept.h). */
#include "face/api/api_private.h"
#include "face/api/kept.h"

enum { PROCEDURE_JSON_MAX = 1 << 20 };

static void respond_procedure(struct request *r, const struct procedure *p, int64_t day)
{
    const struct rules *rules = rules_of(r);
    struct kept_key key = {rules->number, day, str_printf(request_arena(r), "%.*s\n%.*s", PRS(p->code), PRS(p->agency))};
    struct str next;
    if (kept_send(api_of(r)->kept, r, &key, &next))
        return;
    struct buf b _buf_ = BUF_MAX(PROCEDURE_JSON_MAX);
    procedure_json(&b, rules->catalog, p, &(struct procedure_view){true, rules->province, day});
    if (b.overflow) {
        respond_error(r, ERR_INTERNAL, "answer.too-large", NULL);
        return;
    }
    kept_offer(api_of(r)->kept, r, &key, buf_view(&b), STR_NONE);
    respond_json_buf(r, 200, &b);
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

/* All that a page depends on; lengths keep two texts apart. */
static struct str question(struct arena *a, const struct catalog_query *q)
{
    return str_printf(a, "%zu %zu %zu %u %zu %d\n%.*s%.*s%.*s", q->q.n, q->sector.n, q->after.n, q->levels, q->limit, q->receivable_only, PRS(q->q),
                      PRS(q->sector), PRS(q->after));
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
    struct kept_key key = {rules->number, day, question(request_arena(r), &query)};
    struct catalog_page page;
    if (kept_send(api_of(r)->kept, r, &key, &page.next)) {
        list_link(r, page.next);
        return HTTP_DONE;
    }
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
    list_end(r, &b, page.next);
    if (!b.overflow)
        kept_offer(api_of(r)->kept, r, &key, buf_view(&b), page.next);
    respond_json_buf(r, 200, &b);
    return HTTP_DONE;
}
