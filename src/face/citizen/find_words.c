/* How the catalogue's facts are said to people: limits, fees, levels, reasons. Nothing is reckoned here but the date of an example. */
#include "base/vn.h"
#include "face/citizen/find.h"

enum { RECEIVED_AT = 8 * MS_HOUR };

struct str query_typed(struct request *r, const char *name)
{
    struct str s = str_trim(request_query(r, name));
    if (!s.n || vn_nfc(request_arena(r), s, &s))
        return STR("");
    s = str_trim(s);
    while (s.n > TYPED_MAX || (s.n && !vn_valid_utf8(s)))
        s.n--;
    return s;
}

static struct str amount_text(struct page *o, int64_t milli)
{
    int64_t rest = milli % 1000;
    return rest ? str_printf(o->arena, "%lld%c%lld", (long long)(milli / 1000), o->lang == LANGUAGE_EN ? '.' : ',', (long long)(rest % 100 ? rest : rest / 100))
                : str_printf(o->arena, "%lld", (long long)(milli / 1000));
}

struct str limit_words(struct page *o, struct limit l)
{
    struct str n = amount_text(o, l.milli);
    switch (l.unit) {
    case LIMIT_NONE: return STR("");
    case LIMIT_SAME_DAY: return TR(o, "Trong ngày");
    case LIMIT_CLOCK_HOURS: return TRF(o, "%1 giờ", n);
    case LIMIT_WORKING_HOURS: return TRF(o, "%1 giờ làm việc", n);
    case LIMIT_WORKING_DAYS: return TRF(o, "%1 ngày làm việc", n);
    case LIMIT_CALENDAR_DAYS: return TRF(o, "%1 ngày", n);
    case LIMIT_MONTHS: return TRF(o, "%1 tháng", n);
    }
    return STR("");
}

struct str time_words(struct page *o, const struct procedure *p)
{
    struct str limit = limit_words(o, p->limit);
    if (p->limit_missing || !limit.n)
        return TR(o, "Cán bộ ghi ngày hẹn khi nhận hồ sơ");
    if (p->limit_doubtful)
        return TRF(o, "Khoảng %1; cán bộ ghi ngày hẹn chính xác khi nhận hồ sơ", limit);
    return limit;
}

struct str time_brief(struct page *o, const struct procedure *p)
{
    struct str limit = limit_words(o, p->limit);
    if (p->limit_missing || !limit.n)
        return TR(o, "ghi khi nhận hồ sơ");
    return p->limit_doubtful && p->limit.unit != LIMIT_SAME_DAY ? TRF(o, "khoảng %1", limit) : limit;
}

struct str day_words(struct page *o, int64_t day)
{
    static const char *const weekday[] = {TR_LATER("thứ Hai"), TR_LATER("thứ Ba"), TR_LATER("thứ Tư"), TR_LATER("thứ Năm"), TR_LATER("thứ Sáu"),
                                          TR_LATER("thứ Bảy"), TR_LATER("Chủ nhật")};
    struct str date = page_date_of_day(o, day);
    return str_printf(o->arena, "%s, %.*s", translated(weekday[civil_weekday(day) - 1], o->lang), PRS(date));
}

struct str track_due_words(struct page *o, const struct rules *rules, const struct procedure *p, int64_t day)
{
    struct limit l = p->limit;
    struct due due;
    struct fail f = {0};
    if (l.unit == LIMIT_NONE || p->limit_doubtful || p->limit_missing
        || calendar_due(rules->calendar, STR(""), l, time_from_local(day, RECEIVED_AT), NULL, 0, &due, &f))
        return STR("");
    bool known = due.due_day != CALENDAR_NEVER && !due.warn_year_missing && !due.warn_undecided;
    return known ? day_words(o, due.due_day) : STR("");
}

struct str fee_words(struct page *o, const struct fee *f)
{
    static const char *const per[] = {"%1", TR_LATER("%1 mỗi bản"), TR_LATER("%1 mỗi giấy tờ"), TR_LATER("%1 mỗi người"), TR_LATER("%1 mỗi trang")};
    if (f->amount < 0)
        return f->by_council ? TR(o, "theo mức của Hội đồng nhân dân tỉnh, cán bộ báo khi nộp") : TR(o, "cán bộ báo mức thu khi nộp");
    struct str money = page_money(o, f->amount);
    struct str line = f->amount == 0 ? TR(o, "không thu tiền") : f->basis == FEE_PER_DOSSIER ? money
        : sentence_fill(o->arena, translated(per[f->basis], o->lang), &money, 1);
    if (f->from_page) {
        struct str page = page_number_text(o, f->from_page), next = page_money(o, f->amount_from);
        struct str more = TRF(o, "từ trang thứ %1 là %2", page, next);
        line = str_printf(o->arena, "%.*s; %.*s", PRS(line), PRS(more));
    }
    if (f->max) {
        struct str most = page_money(o, f->max), more = TRF(o, "nhiều nhất %1 một bản", most);
        line = str_printf(o->arena, "%.*s; %.*s", PRS(line), PRS(more));
    }
    return f->doubtful ? TRF(o, "%1 (cán bộ xác nhận lại khi nộp)", line) : line;
}

struct str fee_summary(struct page *o, const struct procedure *p)
{
    static const enum channel channels[] = {CHANNEL_COUNTER, CHANNEL_ONLINE};
    struct fee fee[FEES_MAX];
    int64_t least = -1;
    bool unknown = false;
    for (size_t c = 0; c < ARRAY_LEN(channels); c++) {
        size_t n = fees_of(p, channels[c], fee);
        for (size_t i = 0; i < n; i++) {
            unknown |= fee[i].amount < 0 || fee[i].doubtful;
            if (fee[i].amount >= 0 && !fee[i].doubtful)
                least = least < 0 || fee[i].amount < least ? fee[i].amount : least;
        }
    }
    if (least < 0)
        return p->fees_curated && !unknown ? TR(o, "Không mất tiền") : TR(o, "Cán bộ báo mức thu khi nộp");
    struct str money = page_money(o, least);
    return TRF(o, "Từ %1", money);
}

struct str level_words(struct page *o, unsigned levels)
{
    static const struct { unsigned bit; const char *word; } words[] = {{AT_COMMUNE, TR_LATER("xã, phường")}, {AT_PROVINCE, TR_LATER("tỉnh")},
                                                                       {AT_MINISTRY, TR_LATER("bộ")}, {AT_OTHER, TR_LATER("cơ quan khác")}};
    struct buf b _buf_ = BUF_MAX(256);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (levels & words[i].bit) {
            buf_c(&b, b.n ? "; " : "");
            buf_c(&b, translated(words[i].word, o->lang));
        }
    return str_dup(o->arena, buf_view(&b));
}

struct str reach_words(struct page *o, enum reach reach)
{
    return reach == REACH_NATIONWIDE ? TR(o, "Ở bất cứ quầy một cửa nào trong cả nước")
        : reach == REACH_COMMUNE     ? TR(o, "Ở quầy một cửa của xã, phường giải quyết việc này")
                                     : TR(o, "Ở bất cứ quầy một cửa nào trong tỉnh, không cần về nơi đăng ký hộ khẩu");
}

struct str not_receivable_words(struct page *o, const struct catalog *c, enum receivable why)
{
    (void)c;
    switch (why) {
    case RECEIVABLE: return STR("");
    case NOT_IN_FORCE: return TR(o, "Thủ tục này không còn hiệu lực, nên các quầy không nhận nữa. Hãy tìm thủ tục thay thế hoặc hỏi quầy một cửa.");
    case NOT_LISTED: return TR(o, "Thủ tục này không có trong danh mục đang công bố, nên các quầy chưa nhận. Hãy tìm thủ tục khác hoặc hỏi quầy một cửa.");
    case INTERNAL: return TR(o, "Đây là việc nội bộ giữa các cơ quan. Người dân không phải nộp hồ sơ này.");
    case OTHER_PROVINCE: return TR(o, "Thủ tục này do tỉnh khác ban hành và chỉ nhận ở tỉnh đó.");
    case OUT_OF_REACH: return TR(o, "Thủ tục này phải nộp ở nơi giải quyết, các quầy khác không nhận.");
    }
    return STR("");
}

bool can_start_online(const struct procedure *p, enum receivable can)
{
    return can == RECEIVABLE && (p->service_level == SERVICE_FULL || p->service_level == SERVICE_PARTIAL || p->service_level == SERVICE_ONLINE_UNSPECIFIED);
}
