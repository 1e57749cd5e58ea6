/* /giao-dien: every component in every state, for whoever writes a page and for the tests that look at them. With ?can-bo=1 in the dense layer of
 * staff. Nothing here comes from data. */
#include "face/citizen/find.h"
#include "face/citizen/find_guide.html.h"

enum http_result guide_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    static const struct nav_item nav[] = {{"/giao-dien", TR_LATER("Mẫu giao diện")}};
    page_begin(r, &o, &b);
    bool staff = str_is(request_query(r, "can-bo"), "1");
    layout_begin(&o, &(struct layout){.title = TR(&o, "Mẫu giao diện"), .staff = staff, .has_error = true, .nav = nav, .nav_n = ARRAY_LEN(nav), .back = STR("/")});
    guide_view_page(&o, staff);
    layout_end(&o);
    return page_end(r, 200, &o);
}
