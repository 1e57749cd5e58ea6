/* /tra-ket-qua: the return desk. A scan or a code opens the form that delivers; below stands what is ready, and for how long nobody has come for it. */
#include "face/office/deliver.html.h"
#include "face/office/deliver_view.h"

enum { READY_ROWS = 50, SEARCH_BYTES = 200 };

enum http_result deliver_page(struct request *r)
{
    enum http_result refused;
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    struct dossier_page page = {.next = STR("")};
    struct str asked = request_query(r, "q"), cursor = request_query(r, "trang");
    struct deliver_view v = {.q = asked.p && asked.n <= SEARCH_BYTES ? str_trim(asked) : STR(""), .done = request_query(r, "xong")};
    if (!staff_only(r, &refused))
        return refused;
    struct dossier_list_query q = {.lists = 1u << DOSSIER_DONE, .task = STR(""), .unit = STR(""), .officer = STR(""), .q = v.q, .cursor = cursor.p ? cursor : STR(""), .limit = READY_ROWS};
    page_begin(r, &o, &b);
    if (office_list(r, &q, &page, &f))
        return page_refuse(r, &f);
    v.row = queue_rows(r, &o, &page);
    v.remind = ARENA_ARRAY(o.arena, bool, page.n + 1);
    for (size_t i = 0; i < page.n; i++) { /* the clock of what is ready is the day on which its owner is reminded */
        v.remind[i] = page.items[i]->next_at > 0 && page.items[i]->next_at <= o.now;
        v.reminders += v.remind[i];
    }
    v.n = page.n;
    struct buf next _buf_ = BUF_MAX(2048);
    struct page part = {.out = &next, .arena = o.arena};
    if (page.next.n) {
        buf_c(&next, "/tra-ket-qua?trang=");
        page_part(&part, page.next);
        if (v.q.n) {
            buf_c(&next, "&q=");
            page_part(&part, v.q);
        }
    }
    v.next = str_dup(o.arena, buf_view(&next));
    site_begin(r, &o, TR(&o, "Trả kết quả"), STR(""), false);
    deliver_desk(&o, &v);
    site_end(&o);
    return page_end(r, 200, &o);
}
