/* See admin.h. */
#include "face/admin/admin.h"
#include "domain/point/point.h"
#include "face/admin/admin.html.h"
#include <string.h>

enum { POINTS_SHOWN = 100, TEXT_MAX = 300, DONE_MAX = 20 };

static bool hers(struct request *r) { return visitor_is(visitor_of(r), ROLE_BIT(ROLE_ADMINISTRATOR)); }

static enum http_result home(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct point_row *row = ARENA_ARRAY(request_arena(r), struct point_row, POINTS_SHOWN);
    struct unmanned_row *unmanned = ARENA_ARRAY(request_arena(r), struct unmanned_row, POINTS_SHOWN);
    size_t n = 0, m = 0;
    if (!hers(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    struct str unit = actor_of(r)->unit;
    const struct unit *u = unit_find(rules_of(r)->org, unit);
    if (point_list(db_of(r), request_arena(r), &(struct point_filter){.unit = unit, .after = STR("")}, row, POINTS_SHOWN, &n) ||
        counters_unmanned(db_of(r), request_arena(r), unit, request_now_ms(r), unmanned, POINTS_SHOWN, &m))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    page_begin(r, &o, &b);
    site_begin(r, &o, TR(&o, "Quản trị"), STR(""), false);
    admin_home(&o, u ? u->name : unit, row, n, unmanned, m);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* --- one point --- */

/* The point of the address, when it is of her unit. */
static bool point_of(struct request *r, struct point_row *out)
{
    struct point_row *row = ARENA_ARRAY(request_arena(r), struct point_row, POINTS_SHOWN);
    struct str code = request_path_param(r, "ma");
    size_t n = 0;
    if (point_list(db_of(r), request_arena(r), &(struct point_filter){.unit = actor_of(r)->unit, .after = STR("")}, row, POINTS_SHOWN, &n))
        return false;
    for (size_t i = 0; i < n; i++)
        if (str_eq(row[i].code, code)) {
            *out = row[i];
            return true;
        }
    return false;
}

static enum http_result show_point(struct request *r, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct point_row point;
    struct counter_row *counter = ARENA_ARRAY(request_arena(r), struct counter_row, POINT_COUNTERS_MAX);
    struct serving_row *serving = ARENA_ARRAY(request_arena(r), struct serving_row, COUNTER_LIST_MAX);
    size_t n = 0, m = 0;
    if (!point_of(r, &point))
        return page_refuse_code(r, ERR_NOT_FOUND, "point.absent");
    if (counter_list(db_of(r), request_arena(r), point.home_unit, point.id, 0, counter, POINT_COUNTERS_MAX, &n) ||
        counter_serving(db_of(r), request_arena(r), point.home_unit, point.id, 0, request_now_ms(r), serving, COUNTER_LIST_MAX, &m))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    page_begin(r, &o, &b);
    struct form_errors e = form_errors_of(&o, f);
    struct admin_point p = {.point = &point, .errors = &e, .counter = counter, .counters = n, .serving = serving, .servings = m, .done = str_is(request_query(r, "xong"), "1"),
                            .what = form_text(r, "type", DONE_MAX), .no = form_text(r, "no", 10), .name = form_text(r, "name", TEXT_MAX),
                            .staff = form_text(r, "staff", 64), .basis = form_text(r, "basis", TEXT_MAX), .key = page_key(&o)};
    site_begin(r, &o, point.name, STR("/quan-tri"), f->n > 0);
    admin_point_page(&o, &p);
    site_end(&o);
    return page_end(r, f->n ? err_info(f->err)->http_status : 200, &o);
}

static enum http_result point_page(struct request *r)
{
    struct fail none = {0};
    return hers(r) ? show_point(r, &none) : page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
}

static void put(json_t *o, const char *name, struct str s)
{
    if (s.n)
        json_object_set_new(o, name, json_stringn(s.p, s.n));
}

/* What the form says, as a command's payload: the domain judges it. */
static json_t *payload_of(struct request *r, struct str type)
{
    json_t *o = json_object(), *purposes = json_array();
    int64_t no;
    struct str typed = form_text(r, "no", 10), name, value;
    if (str_to_i64(typed, &no))
        json_object_set_new(o, "no", json_integer(no));
    put(o, "basis", form_text(r, "basis", TEXT_MAX));
    for (size_t i = 0; request_form_at(r, i, &name, &value); i++)
        if (str_is(name, "purposes"))
            json_array_append_new(purposes, json_stringn(value.p, value.n));
    if (str_is(type, "counter_open")) {
        put(o, "name", form_text(r, "name", TEXT_MAX));
        json_object_set(o, "purposes", purposes);
    } else if (!str_is(type, "counter_close"))
        put(o, "staff", form_text(r, "staff", 64));
    json_decref(purposes);
    return o;
}

static enum http_result point_change(struct request *r)
{
    static const char *const types[] = {"counter_open", "counter_close", "counter_staff", "counter_staff_end"};
    struct fail f = {0};
    struct point_row point;
    struct outcome out;
    struct str type = form_text(r, "type", DONE_MAX);
    const char *known = NULL;
    if (!hers(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    if (!point_of(r, &point))
        return page_refuse_code(r, ERR_NOT_FOUND, "point.absent");
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_is(type, types[i]))
            known = types[i];
    if (!known)
        (void)!fail_add(&f, ERR_INVALID, NULL, "", "command.unknown", NULL);
    if (f.n || !form_good(r, &f) || page_command(r, &point_aggregate, known, point.home_unit, point.id, 0, payload_of(r, type), "", &out, &f))
        return show_point(r, &f);
    struct page o = {.arena = request_arena(r)};
    struct buf b _buf_ = BUF_MAX(1024);
    o.out = &b;
    buf_c(&b, "/quan-tri/diem/");
    page_part(&o, point.code);
    buf_c(&b, "?xong=1");
    return page_redirect(r, str_dup(request_arena(r), buf_view(&b)));
}

const struct route admin_routes[] = {
    {HTTP_GET, "/quan-tri", home, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "administer", .query = ""},
    {HTTP_GET, "/quan-tri/diem/{ma}", point_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "administerPoint", .query = "xong"},
    {HTTP_POST, "/quan-tri/diem/{ma}", point_change, ROUTE_COMMAND, ROUTE_SESSION, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = "changePoint"},
};
const size_t admin_route_count = ARRAY_LEN(admin_routes);
