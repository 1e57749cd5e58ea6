/* Dates, limits, fees and places as an official paper says them (NĐ 30/2020: days below ten and the first two months with a nought). Papers are Vietnamese whatever
 * language the page has. */
#include "base/buf.h"
#include "face/print/reading.h"

struct str paper_day(struct arena *a, int64_t ms)
{
    struct civil c = time_civil(ms);
    return str_printf(a, c.month > 2 ? "ngày %02d tháng %d năm %d" : "ngày %02d tháng %02d năm %d", c.day, c.month, c.year);
}

struct str paper_short_day(struct arena *a, int64_t ms)
{
    struct civil c = time_civil(ms);
    return ms ? str_printf(a, "%02d/%02d/%d", c.day, c.month, c.year) : STR("");
}

struct str paper_moment(struct arena *a, int64_t ms)
{
    struct civil c = time_civil(ms);
    return ms ? str_printf(a, "%02d giờ %02d phút, %.*s", c.hour, c.minute, PRS(paper_day(a, ms))) : STR("");
}

struct str paper_limit(struct arena *a, int64_t unit, int64_t milli)
{
    static const char *const words[] = {[LIMIT_CLOCK_HOURS] = "giờ", [LIMIT_WORKING_HOURS] = "giờ làm việc", [LIMIT_WORKING_DAYS] = "ngày làm việc",
                                        [LIMIT_CALENDAR_DAYS] = "ngày", [LIMIT_MONTHS] = "tháng"};
    if (unit == LIMIT_SAME_DAY)
        return STR("Trong ngày làm việc");
    if (unit <= LIMIT_NONE || unit >= (int64_t)ARRAY_LEN(words) || !words[unit])
        return STR("Theo ngày hẹn ghi dưới đây");
    struct str whole = str_printf(a, milli / 1000 < 10 ? "%02lld" : "%lld", (long long)(milli / 1000));
    int64_t part = milli % 1000;
    while (part && part % 10 == 0)
        part /= 10;
    return part ? str_printf(a, "%lld,%lld %s", (long long)(milli / 1000), (long long)part, words[unit]) : str_printf(a, "%.*s %s", PRS(whole), words[unit]);
}

static void money(struct buf *b, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf_char(b, '.');
        buf_char(b, digits[i]);
    }
    buf_c(b, " đồng");
}

static enum channel channel_of(struct str name)
{
    return str_is(name, "online") ? CHANNEL_ONLINE : str_is(name, "post") ? CHANNEL_POST : str_is(name, "kiosk") ? CHANNEL_KIOSK : CHANNEL_COUNTER;
}

struct str paper_fee(struct arena *a, const struct procedure *p, struct str channel)
{
    static const char *const bases[] = {[FEE_PER_DOSSIER] = "hồ sơ", [FEE_PER_COPY] = "bản", [FEE_PER_DOCUMENT] = "giấy tờ", [FEE_PER_PERSON] = "người", [FEE_PER_PAGE] = "trang"};
    struct fee fee[FEES_MAX];
    size_t n = p ? fees_of(p, channel_of(channel), fee) : 0;
    struct buf b _buf_ = BUF_MAX(2000);
    if (!n)
        return p && p->fees_curated ? STR("Không thu phí, lệ phí") : STR("Theo quy định, cơ quan thu sẽ thông báo");
    for (size_t i = 0; i < n && i < FEES_MAX; i++) {
        buf_c(&b, i ? "; " : "");
        buf_c(&b, fee[i].kind == FEE_FEE ? "Phí: " : "Lệ phí: ");
        if (fee[i].amount < 0 || fee[i].doubtful) /* never a sum that nobody has confirmed */
            buf_c(&b, "theo quy định, cơ quan thu sẽ thông báo");
        else {
            money(&b, fee[i].amount);
            buf_char(&b, '/');
            buf_c(&b, bases[fee[i].basis]);
        }
    }
    return str_dup(a, buf_view(&b));
}

struct str paper_place(const struct rules *rules, struct str unit, int64_t day)
{
    const struct unit *u = unit_find(rules->org, unit);
    const struct territory *t = u && u->territory.n ? territory_on(rules->org, u->territory, day) : NULL;
    if (!t && u && u->territory.n)
        t = territory_latest(rules->org, u->territory);
    if (!t)
        return STR("………………");
    return t->kind.n && t->name.n > t->kind.n + 1 && t->name.p[t->kind.n] == ' ' ? str_sub(t->name, t->kind.n + 1, t->name.n) : t->name;
}

const char *paper_id_label(struct str id_type)
{
    return str_is(id_type, "passport") ? "Số hộ chiếu" : str_is(id_type, "tax_code") ? "Mã số thuế" : "Số định danh cá nhân/CCCD/Hộ chiếu";
}
