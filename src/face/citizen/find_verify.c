/* /xac-minh: whoever holds a result may ask whether it is genuine and still in force, and hold it against number, date and agency.
 * Nothing personal is shown; of a confidential procedure not even its name. */
#include "face/citizen/track.h"
#include "face/citizen/track.html.h"

enum { CODE_TYPED_MAX = 100 };

static enum http_result form(struct request *r, const struct fail *f, struct str code)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    site_begin(r, &o, TR(&o, "Kiểm tra giấy tờ"), STR(""), e.n > 0);
    verify_form_view_page(&o, &e, code);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static struct verify_model model_of(struct request *r, struct page *o, struct str code, const struct issued_result *found)
{
    struct verify_model m = {.code = code, .result = *found};
    const struct rules *rules = rules_of(r);
    const struct unit *u = unit_find(rules->org, found->competent_unit);
    const struct procedure *p = found->restricted ? NULL : procedure_find(rules->catalog, found->procedure, found->agency, time_local_day(found->issued_at), NULL);
    int64_t day;
    m.unit = u ? u->name : found->competent_unit;
    m.procedure = p ? p->name : STR("");
    m.date = date_parse(found->date, &day) ? page_date_of_day(o, day) : found->date;
    return m;
}

static enum http_result look(struct request *r, struct str typed)
{
    struct issued_result found;
    struct fail f = {0};
    struct str code = dossier_code_typed(request_arena(r), typed);
    enum err e = result_find(db_of(r), request_arena(r), code, &found);
    if (e == ERR_NOT_FOUND && !str_eq(typed, code))
        e = result_find(db_of(r), request_arena(r), code = typed, &found);
    if (e) {
        (void)!fail_add(&f, e, NULL, "/ma", e == ERR_NOT_FOUND ? "result.absent" : "store.unavailable", NULL);
        return form(r, &f, typed);
    }
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    page_begin(r, &o, &b);
    struct verify_model m = model_of(r, &o, code, &found);
    site_begin(r, &o, TRF(&o, "Kết quả %1", code), STR("/xac-minh"), false);
    verify_view_page(&o, &m);
    site_end(&o);
    return page_end(r, 200, &o);
}

enum http_result verify_form_page(struct request *r)
{
    struct fail f = {0};
    struct str code = query_typed(r, "ma");
    if (code.n)
        return look(r, str_sub(code, 0, CODE_TYPED_MAX));
    if (request_query(r, "ma").p)
        (void)!fail_add(&f, ERR_INVALID, NULL, "/ma", "result.code-missing", NULL);
    return form(r, &f, STR(""));
}

enum http_result verify_page(struct request *r) { return look(r, request_path_param(r, "code")); }
