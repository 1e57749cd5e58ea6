/* One dossier as its owner is told of it: what happened, who, and the words that were meant for her; nothing of what officers say to each other. */
#include "face/citizen/mine.h"

enum { MOMENTS_MAX = 400 };

static const struct {
    const char *type, *title;
    bool words; /* its reason was written for the applicant */
} told[] = {
    {"dossier.submitted", TR_LATER("Đã nộp hồ sơ"), false},
    {"dossier.received", TR_LATER("Đã tiếp nhận"), false},
    {"dossier.refused", TR_LATER("Hồ sơ không được tiếp nhận"), true},
    {"dossier.supplement_requested", TR_LATER("Cơ quan yêu cầu bổ sung"), true},
    {"dossier.supplemented", TR_LATER("Đã bổ sung"), false},
    {"dossier.handed_over", TR_LATER("Đã chuyển đến nơi giải quyết"), false},
    {"dossier.accepted", TR_LATER("Nơi giải quyết đã nhận"), false},
    {"dossier.approved", TR_LATER("Đã có kết quả"), false},
    {"dossier.rejected", TR_LATER("Cơ quan từ chối giải quyết"), true},
    {"dossier.extended", TR_LATER("Cơ quan hẹn lại ngày trả"), true},
    {"dossier.apologised", TR_LATER("Cơ quan xin lỗi và hẹn lại ngày trả"), true},
    {"dossier.suspended", TR_LATER("Tạm dừng giải quyết"), true},
    {"dossier.resumed", TR_LATER("Tiếp tục giải quyết"), false},
    {"dossier.withdrawal_requested", TR_LATER("Ông/bà xin rút hồ sơ"), false},
    {"dossier.withdrawal_taken_back", TR_LATER("Ông/bà giữ lại hồ sơ"), false},
    {"dossier.stopped", TR_LATER("Đã dừng giải quyết"), true},
    {"dossier.delivered", TR_LATER("Đã trả kết quả"), false},
    {"dossier.corrected", TR_LATER("Cơ quan sửa thông tin nhập sai"), false},
    {"dossier.voided", TR_LATER("Hồ sơ nhập nhầm, đã hủy"), true},
    {"dossier.result_revoked", TR_LATER("Kết quả bị thu hồi"), true},
};

struct str procedure_title(struct request *r, struct str code, struct str agency)
{
    const struct procedure *p = procedure_find(rules_of(r)->catalog, code, agency, time_local_day(request_now_ms(r)), NULL);
    return p ? p->name : code;
}

enum err mine_load(struct request *r, struct str code, struct mine *m)
{
    struct arena *a = request_arena(r);
    *m = (struct mine){.r = r, .reason = STR("")};
    enum err e = dossier_find(db_of(r), dossier_code_typed(a, code), &m->home, &m->id, a);
    if (!e)
        e = stream_load(&dossier_aggregate, &face_of(r)->room->keyring, db_of(r), a, m->home, m->id, INT64_MAX, &m->d, &m->version);
    if (!e && !dossier_visible(&m->d, actor_of(r)))
        e = ERR_NOT_FOUND;
    if (e)
        return e;
    m->title = procedure_title(r, m->d.procedure, m->d.agency);
    m->n_possible = dossier_possible(rules_of(r), &m->d, actor_of(r), request_now_ms(r), m->possible, ARRAY_LEN(m->possible));
    return ERR_OK;
}

bool mine_may(const struct mine *m, const char *command)
{
    for (size_t i = 0; i < m->n_possible; i++)
        if (strcmp(m->possible[i], command) == 0)
            return true;
    return false;
}

/* "Thiếu giấy chứng sinh; Ảnh mờ. Lý do…" */
static struct str words_of(struct arena *a, const json_t *personal)
{
    struct buf b _buf_ = BUF_MAX(64 * 1024);
    const json_t *items = json_object_get(personal, "items"), *item;
    size_t i;
    json_array_foreach(items, i, item) {
        buf_c(&b, i ? "; " : "");
        buf_str(&b, str_of(json_string_value(item)));
    }
    struct str reason = get_s(personal, "reason");
    if (reason.n) {
        buf_c(&b, b.n ? ". " : "");
        buf_str(&b, reason);
    }
    return str_dup(a, buf_view(&b));
}

static void tell(struct mine *m, struct page *o, const struct applied *e)
{
    struct str type = str_bytes(e->head.type.p, e->head.type.n);
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        if (!str_is(type, told[i].type) || m->n_moments == MOMENTS_MAX)
            continue;
        struct str unit = str_dup(o->arena, e->head.unit);
        m->moments[m->n_moments++] = (struct moment){.title = TR(o, told[i].title), .text = told[i].words && e->personal ? words_of(o->arena, e->personal) : STR(""),
                                                     .who = unit.n ? apply_unit_name(m->r, unit) : STR(""), .at = e->head.at};
    }
    if (str_is(type, "dossier.supplement_requested") && e->personal) {
        m->items = json_object_get(e->personal, "items");
        m->reason = get_s(e->personal, "reason");
    }
}

enum err mine_story(struct mine *m, struct page *o)
{
    struct request *r = m->r;
    struct key key;
    const struct keyring *k = &face_of(r)->room->keyring;
    bool open = stream_key_load(k, db_of(r), m->home, m->id, &key) == ERR_OK;
    struct rows rows _rows_ = {0};
    m->moments = ARENA_ARRAY(o->arena, struct moment, MOMENTS_MAX);
    enum err e = db_query(db_of(r), &rows, STMT_LEDGER_STREAM_EVENTS, p_text(m->home), p_bytes(id_str(&m->id)), p_int(0), p_int(m->version));
    while (!e && rows_next(&rows)) {
        struct event ev;
        struct applied applied;
        event_from_row(&rows, &ev);
        e = applied_from(o->arena, k, open ? &key : NULL, &ev, &applied);
        if (!e)
            tell(m, o, &applied);
    }
    return e ? e : rows_end(&rows);
}

struct str status_words(struct page *o, int64_t state, struct str task, struct str outcome)
{
    static const char *const words[DOSSIER_STATES] = {
        [DOSSIER_NEW] = TR_LATER("Đã nộp, chờ kiểm tra"), [DOSSIER_RECEIVED] = TR_LATER("Đã tiếp nhận"), [DOSSIER_REFUSED] = TR_LATER("Bị trả lại"),
        [DOSSIER_PROCESSING] = TR_LATER("Đang giải quyết"), [DOSSIER_SUPPLEMENT] = TR_LATER("Chờ ông/bà bổ sung"), [DOSSIER_FINANCE] = TR_LATER("Chờ ông/bà nộp tiền"),
        [DOSSIER_WITHDRAWAL] = TR_LATER("Ông/bà xin rút, chờ cơ quan xác nhận"), [DOSSIER_STOPPED] = TR_LATER("Đã dừng"), [DOSSIER_DONE] = TR_LATER("Có kết quả"),
        [DOSSIER_DELIVERED] = TR_LATER("Đã trả kết quả")};
    if (state == DOSSIER_SUPPLEMENT && str_is(task, "receive"))
        return TR(o, "Đã bổ sung, chờ kiểm tra");
    if (state == DOSSIER_STOPPED && str_is(outcome, "withdrawn"))
        return TR(o, "Ông/bà đã rút");
    if ((state == DOSSIER_DONE || state == DOSSIER_DELIVERED) && str_is(outcome, "rejected"))
        return TR(o, "Bị từ chối");
    return state > 0 && state < DOSSIER_STATES ? TR(o, words[state]) : STR("");
}

const char *status_colour(int64_t state)
{
    switch (state) {
    case DOSSIER_SUPPLEMENT:
    case DOSSIER_FINANCE: return "yellow";
    case DOSSIER_DONE:
    case DOSSIER_DELIVERED: return "green";
    case DOSSIER_REFUSED:
    case DOSSIER_STOPPED: return "red";
    default: return "blue";
    }
}
