/* /ket-qua-phuc-vu: how this place serves, for everybody. Every figure stands with what was counted, of what, and the rule by which it is counted
 * (domain/report): nothing to divide by is not zero per cent. */
#include "face/citizen/find_report.h"
#include "face/citizen/find_report.html.h"

static const struct { const char *name, *words; } words[] = {
    {"submitted", TR_LATER("hồ sơ đã nộp")}, {"received", TR_LATER("hồ sơ được tiếp nhận")}, {"refused", TR_LATER("hồ sơ quầy không nhận")},
    {"supplement_requested", TR_LATER("lần yêu cầu bổ sung giấy tờ")}, {"approved", TR_LATER("hồ sơ được giải quyết")},
    {"rejected", TR_LATER("hồ sơ bị từ chối sau khi xem xét")}, {"stopped", TR_LATER("hồ sơ đã dừng")}, {"delivered", TR_LATER("kết quả đã trả")},
    {"voided", TR_LATER("lần hủy vì nhập nhầm")}, {"finished_on_time", TR_LATER("hồ sơ xong đúng hẹn hoặc sớm hơn")},
    {"finished_late", TR_LATER("hồ sơ xong trễ hẹn")}, {"extended", TR_LATER("lần hẹn lại ngày trả")}, {"apologised", TR_LATER("thư xin lỗi đã gửi")},
    {"finished", TR_LATER("hồ sơ đã giải quyết xong")}};
enum { REHEARSAL_AHEAD_DAYS = 90 };
static const int periods[] = {7, 30, 365};

static struct str words_of(struct page *o, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].name, name) == 0)
            return str_of(translated(words[i].words, o->lang));
    return str_of(name);
}

static struct str share_of(struct page *o, const struct figure *g)
{
    if (!g->denominator_of[0] || g->denominator <= 0)
        return STR("–");
    int64_t tenths = (g->numerator * 1000 + g->denominator / 2) / g->denominator;
    return str_printf(o->arena, "%lld%c%lld %%", (long long)(tenths / 10), o->lang == LANGUAGE_EN ? '.' : ',', (long long)(tenths % 10));
}

static enum err add(struct request *r, struct page *o, struct report_model *m, const char *name, struct report_table *t, struct fail *f)
{
    struct report report;
    enum err e = report_public(rules_of(r), db_of(r), str_of(name), STR(""), m->from, m->to, &report, f);
    struct report_line *line = ARENA_ARRAY(o->arena, struct report_line, REPORT_FIGURES_MAX);
    for (size_t i = 0; !e && i < report.figures; i++) {
        const struct figure *g = &report.figure[i];
        line[i] = (struct report_line){words_of(o, g->numerator_of), g->denominator_of[0] ? words_of(o, g->denominator_of) : STR(""), share_of(o, g), str_of(g->rule),
                                       g->numerator, g->denominator};
        m->any |= g->numerator > 0 || g->denominator > 0;
    }
    *t = (struct report_table){line, e ? 0 : report.figures};
    m->units = e ? m->units : report.units;
    return e;
}

static int period_of(struct request *r)
{
    struct str asked = request_query(r, "ngay");
    int64_t days;
    for (size_t i = 0; i < ARRAY_LEN(periods); i++)
        if (asked.n && str_to_i64(asked, &days) && days == periods[i])
            return periods[i];
    return 30;
}

enum http_result report_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    page_begin(r, &o, &b);
    struct report_model m = {.days = period_of(r), .to = time_local_day(o.now), .period = periods, .periods = ARRAY_LEN(periods)};
    m.from = m.to - m.days + 1;
    if (o.rehearsal) /* its clock may run ahead of the machine's */
        m.to += REHEARSAL_AHEAD_DAYS;
    enum err e = add(r, &o, &m, "on_time", &m.on_time, &f);
    if (!e)
        e = add(r, &o, &m, "volume", &m.volume, &f);
    if (e)
        return f.n ? page_refuse(r, &f) : page_refuse_code(r, e, "store.unavailable");
    site_begin(r, &o, TR(&o, "Kết quả phục vụ"), STR(""), false);
    report_view_page(&o, &m);
    site_end(&o);
    return page_end(r, 200, &o);
}
