/* GET /thu-tuc: the catalogue, searched as people speak. What is typed never fails: too long is cut, another alphabet finds nothing and is told
 * what to try. */
#include "face/citizen/find_search.h"
#include "face/citizen/find.html.h"

enum { FEWER_MAX = 6 };

static void add(struct page *part, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_c(part->out, part->out->n && part->out->p[part->out->n - 1] != '?' ? "&" : "");
    buf_c(part->out, name);
    buf_char(part->out, '=');
    page_part(part, value);
}

/* The address of this search with another page, or without a part of it. */
static struct str search_url(struct page *o, struct str q, struct str sector, struct str level, struct str cursor)
{
    struct buf b _buf_ = BUF_MAX(8192);
    struct page part = {.out = &b, .arena = o->arena};
    buf_c(&b, "/thu-tuc?");
    add(&part, "q", q);
    add(&part, "sector", sector);
    add(&part, "level", level);
    add(&part, "cursor", cursor);
    return str_dup(o->arena, buf_view(&b));
}

static void hits_of(struct page *o, const struct rules *rules, const struct catalog_page *page, struct search_model *m)
{
    struct search_hit *hit = ARENA_ARRAY(o->arena, struct search_hit, page->n + 1);
    m->near = page->n > 0;
    for (size_t i = 0; i < page->n; i++) {
        const struct procedure *p = page->hits[i].p;
        struct str everyday = everyday_name(o, p->code);
        everyday = str_eq(everyday, p->name) ? STR("") : everyday;
        struct buf b _buf_ = BUF_MAX(4096);
        struct page part = {.out = &b, .arena = o->arena};
        buf_c(&b, "/thu-tuc/");
        page_part(&part, p->code);
        if (procedure_agencies(rules->catalog, p->code, NULL, 0) > 1) {
            buf_c(&b, "?agency=");
            page_part(&part, p->agency);
        }
        hit[i] = (struct search_hit){.name = everyday.n ? everyday : p->name, .official = everyday.n ? p->name : STR(""), .url = str_dup(o->arena, buf_view(&b)),
                                     .code = p->code, .sector = p->sector, .levels = level_words(o, p->levels), .time = time_brief(o, p),
                                     .sector_url = search_url(o, STR(""), p->sector, STR(""), STR("")),
                                     .open = procedure_receivable(rules->catalog, p, rules->province, time_local_day(o->now)) == RECEIVABLE};
        m->near &= page->hits[i].match >= MATCH_NEAR;
    }
    m->hit = hit;
    m->hits = page->n;
}

/* Nothing holds all words: the same without one of them, the one whose loss leaves the fewest. The cursor of a page does not go with it. */
static enum err search_fewer(const struct rules *rules, struct page *o, struct catalog_query *query, struct catalog_page *page, struct str *shown_r, struct fail *f)
{
    struct str word[FEWER_MAX + 1], rest = query->q, one;
    size_t n = 0;
    while (rest.n && n <= FEWER_MAX && str_next(&rest, ' ', &one))
        if (one.n)
            word[n++] = one;
    for (size_t drop = 0; n > 1 && n <= FEWER_MAX && drop < n; drop++) {
        struct buf b _buf_ = BUF_MAX(1024);
        struct catalog_page other;
        for (size_t i = 0; i < n; i++)
            if (i != drop)
                buf_printf(&b, "%s%.*s", b.n ? " " : "", PRS(word[i]));
        struct catalog_query q = *query;
        q.q = str_dup(o->arena, buf_view(&b));
        enum err e = catalog_search(rules->catalog, o->arena, &q, &other, f);
        if (e)
            return e;
        if (other.total && (!page->total || other.total < page->total)) {
            *page = other;
            page->next = STR("");
            *shown_r = q.q;
        }
    }
    return ERR_OK;
}

enum http_result search_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    const struct rules *rules = rules_of(r);
    struct catalog_page page;
    struct search_model m = {.q = query_typed(r, "q"), .sector = query_typed(r, "sector"), .level = query_typed(r, "level")};
    struct str after = query_typed(r, "cursor");
    page_begin(r, &o, &b);
    if (m.level.n && !level_parse(m.level))
        m.level = STR("");
    struct catalog_query query = {.q = m.q, .sector = m.sector, .levels = m.level.n ? level_parse(m.level) : 0, .province = rules->province,
                                  .day = time_local_day(o.now), .after = after, .limit = LIST_PAGE};
    enum err e = catalog_search(rules->catalog, o.arena, &query, &page, &f);
    if (e == ERR_MALFORMED && after.n) { /* a torn link: from the start */
        query.after = after = STR("");
        f = (struct fail){0};
        e = catalog_search(rules->catalog, o.arena, &query, &page, &f);
    }
    if (!e && !page.total && m.q.n)
        e = search_fewer(rules, &o, &query, &page, &m.shown, &f);
    if (e)
        return page_refuse(r, &f);
    hits_of(&o, rules, &page, &m);
    m.total = (int64_t)page.total;
    m.first = after.n ? search_url(&o, m.q, m.sector, m.level, STR("")) : STR("");
    m.next = page.next.n ? search_url(&o, m.q, m.sector, m.level, page.next) : STR("");
    m.without_sector = search_url(&o, m.q, STR(""), m.level, STR(""));
    struct life_event event[EVENTS_MAX];
    m.event = event;
    m.events = page.total ? 0 : life_events(&o, event);
    site_begin(r, &o, m.q.n ? TRF(&o, "Tìm “%1”", m.q) : TR(&o, "Tìm thủ tục"), STR(""), false);
    search_view_page(&o, &m);
    site_end(&o);
    return page_end(r, 200, &o);
}
