/* GET /reports/{name}: figures with numerator, denominator and rule. What they mean stands in domain/report. */
#include "domain/report/report.h"
#include "face/api/api_private.h"

enum { REPORT_JSON_MAX = 64 * 1024, DEFAULT_DAYS = 30 };

static bool period(struct request *r, int64_t *from_r, int64_t *to_r)
{
    if (!query_day(r, "from", from_r) || !query_day(r, "to", to_r))
        return false;
    if (!request_query(r, "from").p)
        *from_r = *to_r - DEFAULT_DAYS + 1;
    if (*from_r <= *to_r && *to_r - *from_r < REPORT_DAYS_MAX)
        return true;
    refuse_code(r, ERR_MALFORMED, "from", "query.period");
    return false;
}

static void figure(struct buf *b, const struct figure *g)
{
    buf_char(b, '{');
    json_member(b, "name", str_of(g->name));
    json_member_i64(b, "numerator", g->numerator);
    json_member(b, "numerator_of", str_of(g->numerator_of));
    if (g->denominator_of[0]) {
        json_member_i64(b, "denominator", g->denominator);
        json_member(b, "denominator_of", str_of(g->denominator_of));
    } else
        buf_c(b, ",\"denominator\":null,\"denominator_of\":null");
    buf_c(b, ",\"per_ten_thousand\":");
    if (g->denominator_of[0] && g->denominator > 0)
        buf_i64(b, (g->numerator * 10000 + g->denominator / 2) / g->denominator);
    else
        buf_c(b, "null"); /* nothing to divide by is not zero per cent */
    json_member(b, "rule", str_of(g->rule));
    buf_char(b, '}');
}

enum http_result api_report(struct request *r)
{
    struct str name = request_path_param(r, "name"), unit = request_query(r, "unit");
    struct report report;
    struct fail f = {0};
    int64_t from, to;
    if (!report_known(name))
        return refuse_code(r, ERR_NOT_FOUND, "", "report.unknown");
    if (!period(r, &from, &to))
        return HTTP_DONE;
    enum err e = report_make(rules_of(r), db_of(r), actor_of(r), name, unit.p ? unit : STR(""), from, to, &report, &f);
    if (f.err)
        return refuse(r, &f);
    if (e)
        return refuse_code(r, e, "", "store.unavailable");
    struct buf b _buf_ = BUF_MAX(REPORT_JSON_MAX);
    buf_char(&b, '{');
    json_member(&b, "name", name);
    json_member_date(&b, "from", from);
    json_member_date(&b, "to", to);
    json_member(&b, "unit", unit.p ? unit : STR(""));
    json_member_i64(&b, "units", (int64_t)report.units);
    json_member_time(&b, "as_of", request_now_ms(r));
    buf_c(&b, ",\"figures\":[");
    for (size_t i = 0; i < report.figures; i++) {
        if (i)
            buf_char(&b, ',');
        figure(&b, &report.figure[i]);
    }
    buf_c(&b, "]}");
    respond_json_buf(r, 200, &b);
    return HTTP_DONE;
}
