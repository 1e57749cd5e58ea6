/* What states, tasks, events and people are called on the pages of staff. Tables of sentences; no rule lives here. */
#include "face/office/office_private.h"

struct word {
    const char *key, *text;
};

static struct str find(struct page *o, const struct word *w, size_t n, struct str key)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(key, w[i].key))
            return TR(o, w[i].text);
    return key;
}
#define WORD(o, table, key) find((o), (table), ARRAY_LEN(table), (key))

static const char *const states[DOSSIER_STATES] = {
    [DOSSIER_NEW] = TR_LATER("Mới nộp, chờ tiếp nhận"), [DOSSIER_RECEIVED] = TR_LATER("Đã tiếp nhận"), [DOSSIER_REFUSED] = TR_LATER("Không tiếp nhận"),
    [DOSSIER_PROCESSING] = TR_LATER("Đang giải quyết"), [DOSSIER_SUPPLEMENT] = TR_LATER("Chờ bổ sung"), [DOSSIER_FINANCE] = TR_LATER("Chờ nộp tiền"),
    [DOSSIER_WITHDRAWAL] = TR_LATER("Xin rút hồ sơ"), [DOSSIER_STOPPED] = TR_LATER("Đã dừng giải quyết"), [DOSSIER_DONE] = TR_LATER("Có kết quả"),
    [DOSSIER_DELIVERED] = TR_LATER("Đã trả kết quả")};

struct str state_word(struct page *o, int64_t state, bool voided)
{
    if (voided)
        return TR(o, "Đã hủy vì nhập nhầm");
    return state > 0 && state < DOSSIER_STATES ? TR(o, states[state]) : STR("");
}

const char *state_colour(int64_t state, bool voided)
{
    static const char *const colours[DOSSIER_STATES] = {
        [DOSSIER_NEW] = "yellow", [DOSSIER_RECEIVED] = "blue", [DOSSIER_REFUSED] = "red", [DOSSIER_PROCESSING] = "blue", [DOSSIER_SUPPLEMENT] = "yellow",
        [DOSSIER_FINANCE] = "yellow", [DOSSIER_WITHDRAWAL] = "orange", [DOSSIER_STOPPED] = "red", [DOSSIER_DONE] = "green", [DOSSIER_DELIVERED] = "green"};
    return !voided && state > 0 && state < DOSSIER_STATES ? colours[state] : "grey";
}

struct str task_word(struct page *o, struct str task)
{
    static const struct word words[] = {
        {"receive", TR_LATER("Tiếp nhận")}, {"supplement", TR_LATER("Người dân bổ sung")}, {"hand_over", TR_LATER("Chuyển đi")}, {"accept", TR_LATER("Nhận về giải quyết")},
        {"assign", TR_LATER("Phân công")}, {"process", TR_LATER("Xử lý")}, {"consult", TR_LATER("Chờ ý kiến")}, {"approve", TR_LATER("Phê duyệt")},
        {"decide_withdrawal", TR_LATER("Quyết định việc rút")}, {"deliver", TR_LATER("Trả kết quả")}, {"pay", TR_LATER("Người dân nộp tiền")}, {"none", TR_LATER("Không còn việc")}};
    return WORD(o, words, task);
}

struct str event_word(struct page *o, struct str type)
{
    static const struct word words[] = {
        {"dossier.submitted", TR_LATER("Hồ sơ được nộp")}, {"dossier.received", TR_LATER("Đã tiếp nhận hồ sơ")}, {"dossier.refused", TR_LATER("Không tiếp nhận hồ sơ")},
        {"dossier.supplement_requested", TR_LATER("Yêu cầu người dân bổ sung")}, {"dossier.supplemented", TR_LATER("Người dân đã bổ sung")},
        {"dossier.handed_over", TR_LATER("Đã chuyển hồ sơ đến cơ quan giải quyết")}, {"dossier.accepted", TR_LATER("Cơ quan giải quyết đã nhận hồ sơ")},
        {"dossier.assigned", TR_LATER("Đã phân công người thụ lý")}, {"dossier.step_completed", TR_LATER("Xong một bước xử lý")}, {"dossier.consulted", TR_LATER("Đã xin ý kiến")},
        {"dossier.answered", TR_LATER("Đã có ý kiến trả lời")}, {"dossier.proposed", TR_LATER("Đã trình lãnh đạo")}, {"dossier.returned_to_step", TR_LATER("Trả lại để làm tiếp")},
        {"dossier.approved", TR_LATER("Đã phê duyệt kết quả")}, {"dossier.rejected", TR_LATER("Từ chối giải quyết")}, {"dossier.result_signed", TR_LATER("Đã ký kết quả")},
        {"dossier.extended", TR_LATER("Gia hạn ngày trả")}, {"dossier.apologised", TR_LATER("Xin lỗi và hẹn lại ngày trả")}, {"dossier.suspended", TR_LATER("Tạm dừng tính thời hạn")},
        {"dossier.resumed", TR_LATER("Tiếp tục tính thời hạn")}, {"dossier.withdrawal_requested", TR_LATER("Người dân xin rút hồ sơ")},
        {"dossier.withdrawal_taken_back", TR_LATER("Người dân không rút hồ sơ nữa")}, {"dossier.stopped", TR_LATER("Dừng giải quyết")}, {"dossier.delivered", TR_LATER("Đã trả kết quả")},
        {"dossier.corrected", TR_LATER("Đính chính hồ sơ")}, {"dossier.voided", TR_LATER("Hủy vì nhập nhầm hoặc trùng")}, {"dossier.result_revoked", TR_LATER("Thu hồi kết quả")},
        {"dossier.approval_confirmed", TR_LATER("Người duyệt thứ hai đã trả lời")}, {"dossier.synchronised", TR_LATER("Trao đổi với hệ thống khác")}, {"dossier.noted", TR_LATER("Ghi chú nội bộ")},
        {"dossier.erased", TR_LATER("Đã tiêu hủy dữ liệu cá nhân")}};
    return WORD(o, words, type);
}

struct str finance_word(struct page *o, struct str finance)
{
    static const struct word words[] = {{"", TR_LATER("Không phải nộp thêm")}, {"waiting", TR_LATER("Đang chờ nộp")}, {"done", TR_LATER("Đã nộp tiền")}, {"ended", TR_LATER("Kết thúc khi chưa nộp")}};
    return WORD(o, words, finance);
}

struct str delivery_word(struct page *o, struct str delivery)
{
    static const struct word words[] = {{"", TR_LATER("Chưa có kết quả")}, {"ready", TR_LATER("Chờ người dân nhận")}, {"partly", TR_LATER("Đã trả một phần")}, {"delivered", TR_LATER("Đã trả")}};
    return WORD(o, words, delivery);
}

struct str channel_word(struct page *o, struct str channel)
{
    static const struct word words[] = {{"counter", TR_LATER("Tại quầy")}, {"online", TR_LATER("Qua mạng")}, {"post", TR_LATER("Qua bưu điện")}, {"kiosk", TR_LATER("Tại ki-ốt")}, {"electronic", TR_LATER("Bản điện tử")}};
    return WORD(o, words, channel);
}

struct str due_words(struct page *o, int64_t due_at, const char *punctuality, enum due_kind *kind_r)
{
    struct str p = str_of(punctuality), date = due_at ? page_date(o, due_at) : STR("");
    int64_t days = due_at ? time_local_day(due_at) - time_local_day(o->now) : 0;
    *kind_r = DUE_OK;
    if (str_is(p, "late")) {
        *kind_r = DUE_LATE;
        return days < 0 ? TRF(o, "%1, quá hạn %2 ngày", date, page_count(o, -days)) : TRF(o, "%1, quá hạn", date);
    }
    if (str_is(p, "early") || str_is(p, "on_time"))
        return TRF(o, "%1, xong đúng hạn", date);
    if (!due_at) {
        *kind_r = DUE_NONE;
        return TR(o, "Chưa có hạn");
    }
    if (str_is(p, "due_soon"))
        *kind_r = DUE_SOON;
    else if (!str_is(p, "in_time"))
        *kind_r = DUE_NONE;
    if (days < 0) /* the clock stands: it is not late */
        return TRF(o, "%1, đang tạm dừng", date);
    return days == 0 ? TRF(o, "%1, hết hạn hôm nay lúc %2", date, page_time(o, due_at)) : TRF(o, "%1, còn %2 ngày", date, page_count(o, days));
}

struct str unit_word(struct request *r, struct str code)
{
    const struct unit *u = code.n ? unit_find(rules_of(r)->org, code) : NULL;
    return u ? u->name : code;
}

struct str procedure_word(struct request *r, struct str code, struct str agency, int64_t submitted_at)
{
    size_t n;
    const struct procedure *p = procedure_find(rules_of(r)->catalog, code, agency, time_local_day(submitted_at), &n);
    return p ? p->name : code;
}

struct str actor_word(struct request *r, struct page *o, struct str actor)
{
    static const struct word kinds[] = {{"citizen", TR_LATER("Người dân")}, {"token", TR_LATER("Hệ thống kết nối")}, {"connector", TR_LATER("Hệ thống kết nối")}, {"machine", TR_LATER("Hệ thống kết nối")},
                                        {"system", TR_LATER("Hệ thống")}, {"job", TR_LATER("Hệ thống")}};
    ptrdiff_t colon = str_find_char(actor, ':');
    struct str kind = colon < 0 ? actor : str_sub(actor, 0, (size_t)colon);
    if (!actor.n)
        return STR("");
    if (!str_is(kind, "staff"))
        return WORD(o, kinds, kind);
    struct str login = str_sub(actor, 6, actor.n), name = login;
    struct rows rows _rows_ = {0};
    if (!db_query(db_of(r), &rows, STMT_STAFF_DISPLAY, p_text(login)) && rows_next(&rows) && row_str(&rows, 0).n)
        name = str_dup(o->arena, row_str(&rows, 0));
    return name;
}
