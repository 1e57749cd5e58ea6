/* The first page, and where to go: /noi-nop lists service points that were opened here, then the one-stop desks of the province. */
#include "domain/point/point.h"
#include "face/citizen/home.h"
#include "face/citizen/home.html.h"

enum http_result home_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct life_event event[EVENTS_MAX];
    const struct rules *rules = rules_of(r);
    page_begin(r, &o, &b);
    size_t n = life_events(&o, event);
    const struct unit *centre = rules->province.n ? unit_service_centre(rules->org, rules->province) : NULL;
    site_begin(r, &o, TR(&o, "Ông/bà cần làm gì?"), STR(""), false);
    home_view_page(&o, event, n, centre ? centre->name : STR(""));
    site_end(&o);
    return page_end(r, 200, &o);
}

/* Desks: the one-stop units; where nothing was asked for, those at the top come first. */
static size_t desks_of(struct request *r, struct str q, struct str after, struct place out[PLACES_MAX], struct str *next_r)
{
    const struct rules *rules = rules_of(r);
    size_t n = 0;
    *next_r = after;
    do {
        struct unit_page page = unit_list(rules->org, request_arena(r), rules->province, q, *next_r, PLACES_MAX);
        size_t i = 0;
        for (; i < page.n && n < PLACES_MAX; i++) {
            const struct unit *u = page.items[i];
            if (u->one_stop && !u->doubtful)
                out[n++] = (struct place){u->name, territory_path(rules->org, request_arena(r), u->territory, time_local_day(request_now_ms(r)))};
        }
        *next_r = i < page.n ? page.items[i - 1]->code : page.next;
    } while (next_r->n && n < PLACES_MAX);
    return n;
}

enum http_result places_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct point_row point[PLACES_MAX];
    struct place *place = ARENA_ARRAY(request_arena(r), struct place, PLACES_MAX);
    struct places_model m = {.q = query_typed(r, "q"), .place = place, .point = point};
    page_begin(r, &o, &b);
    struct str next, after = query_typed(r, "sau");
    if (!m.q.n && !after.n && point_list(db_of(r), o.arena, &(struct point_filter){.unit = STR(""), .territory = STR(""), .open = true, .after = STR("")}, point, PLACES_MAX, &m.points))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    m.places = desks_of(r, m.q, after, place, &next);
    if (next.n) {
        struct buf url _buf_ = BUF_MAX(4096);
        struct page part = {.out = &url, .arena = o.arena};
        buf_c(&url, "/noi-nop?q=");
        page_part(&part, m.q);
        buf_c(&url, "&sau=");
        page_part(&part, next);
        m.next = str_dup(o.arena, buf_view(&url));
    }
    m.first = after.n ? STR("/noi-nop") : STR("");
    site_begin(r, &o, TR(&o, "Nơi nộp hồ sơ"), STR("/"), false);
    places_view_page(&o, &m);
    site_end(&o);
    return page_end(r, 200, &o);
}
