/* The timeline of a dossier, told from its events alone: what nobody recorded cannot be told. Without names: who acted stands by role,
 * initials and unit, the applicant not at all. */
#include "app/demo_private.h"
#include "base/vn.h"

enum { FEE_BYTES = 160 };

static const char *const state_names[DOSSIER_STATES] = {"", "mới đăng ký", "được tiếp nhận", "không được tiếp nhận", "đang xử lý", "yêu cầu bổ sung giấy tờ",
                                                        "yêu cầu thực hiện nghĩa vụ tài chính", "công dân yêu cầu rút hồ sơ", "dừng xử lý",
                                                        "đã xử lý xong", "đã trả kết quả"};

static const struct {
    const char *event, *command, *text;
} acts[] = {{"dossier.submitted", "submit", "nộp hồ sơ"},
            {"dossier.received", "receive", "tiếp nhận, hẹn trả kết quả (Mẫu 01)"},
            {"dossier.refused", "refuse", "từ chối tiếp nhận (Mẫu 03)"},
            {"dossier.supplement_requested", "request_supplement", "yêu cầu bổ sung, hoàn thiện (Mẫu 02)"},
            {"dossier.supplemented", "supplement", "bổ sung hồ sơ"},
            {"dossier.handed_over", "hand_over", "chuyển hồ sơ đến nơi giải quyết (Mẫu 06)"},
            {"dossier.accepted", "accept", "cơ quan có thẩm quyền nhận hồ sơ"},
            {"dossier.assigned", "assign", "phân công thụ lý"},
            {"dossier.step_completed", "complete_step", "hoàn thành bước"},
            {"dossier.consulted", "consult", "xin ý kiến cơ quan phối hợp"},
            {"dossier.answered", "answer", "cơ quan phối hợp trả lời"},
            {"dossier.proposed", "propose", "trình lãnh đạo"},
            {"dossier.returned_to_step", "return_to_step", "trả lại bước trước"},
            {"dossier.approved", "approve", "phê duyệt, ký kết quả"},
            {"dossier.rejected", "reject", "từ chối giải quyết, có lý do"},
            {"dossier.result_signed", "sign_result", "vào số, đóng dấu kết quả"},
            {"dossier.extended", "extend", "xin lỗi và gia hạn (Mẫu 04)"},
            {"dossier.apologised", "apologise", "xin lỗi vì trễ hạn, hẹn lại (Mẫu 04)"},
            {"dossier.suspended", "suspend", "tạm dừng tính thời gian"},
            {"dossier.resumed", "resume", "tiếp tục tính thời gian"},
            {"dossier.withdrawal_requested", "withdraw", "yêu cầu rút hồ sơ"},
            {"dossier.withdrawal_taken_back", "take_back_withdrawal", "thôi rút hồ sơ"},
            {"dossier.stopped", "stop", "thông báo dừng giải quyết (Mẫu 05)"},
            {"dossier.delivered", "deliver", "trả kết quả"},
            {"dossier.corrected", "correct", "đính chính thông tin, cấp lại giấy tiếp nhận"},
            {"dossier.voided", "void", "hủy mục nhập trùng"},
            {"dossier.result_revoked", "revoke_result", "thu hồi kết quả"},
            {"dossier.approval_confirmed", "confirm", "người duyệt xác nhận"},
            {"dossier.synchronised", "synchronise", "đồng bộ với hệ thống ngoài"},
            {"dossier.noted", "note", "ghi chú"},
            {"dossier.erased", "erase", "tiêu hủy dữ liệu cá nhân theo quyết định"}};

static const char *act_of(struct str event)
{
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_is(event, acts[i].event))
            return acts[i].text;
    return "";
}

static const char *act_of_command(const char *command)
{
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (strcmp(acts[i].command, command) == 0)
            return acts[i].text;
    return command;
}

static const struct {
    const char *code, *text;
} refusals[] = {{"rights.own-dossier", "không được xử lý hồ sơ của chính mình"},
                {"rights.other-unit", "không thuộc thẩm quyền của cơ quan này"},
                {"rights.role", "vai trò không có quyền này"},
                {"rights.authority", "kết quả của ngành dọc phải qua kết nối, hoặc nhập tay kèm chứng cứ sự cố"},
                {"rights.four-eyes", "người phê duyệt phải là người khác"},
                {"rights.channel", "kênh này chỉ do người trực tại điểm tiếp nhận nhập"},
                {"dossier.absent", "không tìm thấy trong phạm vi được xem"},
                {"dossier.extended-already", "chỉ được hẹn lại một lần"},
                {"dossier.extend-too-late", "phải gia hạn chậm nhất 01 ngày trước khi hết hạn"},
                {"dossier.apologised-already", "đã xin lỗi, hẹn lại một lần"},
                {"dossier.suspend-reason", "chờ nội bộ không làm dừng thời hạn"},
                {"dossier.state", "trạng thái hiện tại không cho phép"},
                {"dossier.voided", "mục nhập đã hủy"},
                {"dossier.erased", "dữ liệu đã tiêu hủy"},
                {"dossier.due-required", "thủ tục chưa có thời hạn rõ: phải nhập hạn và lý do"},
                {"dossier.not-accepted", "cơ quan có thẩm quyền chưa nhận hồ sơ"},
                {"dossier.still-open", "hồ sơ chưa kết thúc"}};

static const char *refusal_text(const struct fail *f)
{
    for (size_t i = 0; f->n && i < ARRAY_LEN(refusals); i++)
        if (strcmp(refusals[i].code, f->item[0].code) == 0)
            return refusals[i].text;
    return f->n ? f->item[0].code : "";
}

/* "26/11/2026 17:00" */
static struct str when(struct demo *d, int64_t ms)
{
    struct civil c = time_civil(ms);
    return ms ? str_printf(d->a, "%02d/%02d/%04d %02d:%02d", c.day, c.month, c.year, c.hour, c.minute) : STR("");
}

static struct str limit_text(struct demo *d, const struct dossier *s)
{
    static const char *const units[] = {[LIMIT_WORKING_DAYS] = "ngày làm việc", [LIMIT_CALENDAR_DAYS] = "ngày", [LIMIT_WORKING_HOURS] = "giờ làm việc"};
    if (s->limit_unit == LIMIT_SAME_DAY)
        return STR("trong ngày");
    const char *unit = s->limit_unit > 0 && s->limit_unit < (int64_t)ARRAY_LEN(units) ? units[s->limit_unit] : NULL;
    return str_printf(d->a, "%lld %s", (long long)s->limit_milli / 1000, unit ? unit : "đơn vị thời gian");
}

/* Why the due date is what it is after this event; empty when the event did not set it. */
static struct str due_reason(struct demo *d, struct str event, const struct dossier *s, const json_t *payload)
{
    if (!json_object_get(payload, "due_at"))
        return STR("");
    if (str_is(event, "dossier.extended"))
        return STR("gia hạn một lần, R-075");
    if (str_is(event, "dossier.apologised"))
        return STR("hẹn lại sau khi trễ, tính là quá hạn, R-075");
    if (str_is(event, "dossier.resumed"))
        return STR("không tính thời gian tạm dừng, R-096");
    if (s->due_given)
        return STR("người tiếp nhận nhập, có lý do, R-034");
    struct str limit = limit_text(d, s), from = when(d, s->start_at);
    if (s->expected)
        return str_printf(d->a, "dự kiến: %.*s từ khi nơi giải quyết nhận, R-090", PRS(limit));
    if (str_is(event, "dossier.supplemented"))
        return str_printf(d->a, "tính lại từ đầu: %.*s từ %.*s, R-071", PRS(limit), PRS(from));
    return str_printf(d->a, "%.*s từ %.*s, R-091", PRS(limit), PRS(from));
}

struct line {
    int64_t at;
    struct str who, what, state, due, reason, rule, code;
};

static const struct {
    const char *kind, *text;
} notes[] = {{"fee", "thu phí, lệ phí"}, {"outage", "sự cố kết nối, hồ sơ chờ"}, {"urge", "đôn đốc"}, {"control", "kiểm soát thủ tục"},
             {"archive", "lưu trữ"}};

static const char *note_of(const json_t *payload)
{
    const char *kind = json_string_value(json_object_get(payload, "kind"));
    for (size_t i = 0; kind && i < ARRAY_LEN(notes); i++)
        if (strcmp(notes[i].kind, kind) == 0)
            return notes[i].text;
    return NULL;
}

static struct str lasting_words(struct demo *d, const char *said, struct str event, const struct dossier *s, const struct applied *e)
{
    const json_t *payload = e->payload;
    const char *violates = json_string_value(json_object_get(payload, "violates"));
    const char *step = json_string_value(json_object_get(e->personal, "step")); /* sealed: gone with an erasure */
    const char *outage = json_string_value(json_object_get(payload, "outage"));
    bool at_once = str_is(event, "dossier.received") && !json_integer_value(json_object_get(payload, "receipts"));
    struct str text = at_once ? STR("tiếp nhận, trả ngay nên không cần giấy tiếp nhận (R-047)") : str_of(said);
    if (str_is(event, "dossier.noted") && note_of(payload))
        text = str_printf(d->a, "%.*s: %s", PRS(text), note_of(payload));
    if (step)
        text = str_printf(d->a, "%.*s: %s", PRS(text), step);
    if (str_is(event, "dossier.delivered") && s->results > 1) {
        size_t given = 0;
        for (size_t i = 0; i < s->results; i++)
            given += s->result[i].delivered_at != 0;
        text = str_printf(d->a, "%.*s %zu/%zu", PRS(text), given, s->results);
    }
    if (outage)
        text = str_printf(d->a, "%.*s, nhập tay khi sự cố (%s)", PRS(text), outage);
    if (violates)
        text = str_printf(d->a, "%.*s [ghi nhận vi phạm %s]", PRS(text), violates);
    return text;
}

static struct line event_line(struct demo *d, const struct applied *e, const struct dossier *s)
{
    struct line l = {.at = e->head.at, .who = demo_describe(d, e->head.actor, e->head.unit), .rule = STR(""), .code = STR("")};
    l.what = lasting_words(d, act_of(e->head.type), e->head.type, s, e);
    l.state = str_of(s->voided ? "đã hủy (nhập trùng)" : s->state >= 0 && s->state < DOSSIER_STATES ? state_names[s->state] : "");
    l.reason = due_reason(d, e->head.type, s, e->payload);
    l.due = l.reason.n ? when(d, s->due_at) : STR("");
    return l;
}

static struct line refusal_line(struct demo *d, const struct demo_refusal *r)
{
    struct actor actor;
    struct fail ignored = {0};
    struct line l = {.at = r->at, .who = STR(""), .state = STR(""), .due = STR(""), .reason = STR(""), .code = str_of(r->fail.n ? r->fail.item[0].code : "")};
    if (demo_actor(d, r->who, r->at, &actor, &ignored) == ERR_OK)
        l.who = demo_describe(d, actor.id, actor.unit);
    l.rule = str_of(r->fail.rule);
    l.what = str_printf(d->a, "KHÔNG ĐƯỢC: %s (%s)", act_of_command(r->command), refusal_text(&r->fail));
    return l;
}

static void put(json_t *o, const char *key, struct str v)
{
    if (v.n)
        json_object_set_new(o, key, json_stringn(v.p, v.n));
}

static void say(struct demo *d, const struct line *l, json_t *list)
{
    char at[40];
    time_format(l->at, at);
    json_t *o = json_object();
    json_object_set_new(o, "at", json_string(at));
    put(o, "who", l->who);
    put(o, "what", l->what);
    put(o, "state", l->state);
    put(o, "due", l->due);
    put(o, "reason", l->reason);
    put(o, "rule", l->rule);
    put(o, "refused", l->code);
    json_array_append_new(list, o);
    if (!d->out)
        return;
    struct str t = when(d, l->at);
    fprintf(d->out, "  %.*s  %.*s%s%.*s\n", PRS(t), PRS(l->what), l->state.n ? " → " : l->rule.n ? ", " : "", PRS(l->state.n ? l->state : l->rule));
    fprintf(d->out, "                    %.*s\n", PRS(l->who));
    if (l->due.n)
        fprintf(d->out, "                    hạn trả %.*s (%.*s)\n", PRS(l->due), PRS(l->reason));
}

/* Events of the stream and refusals, in order of time. */
static enum err lines(struct demo *d, const struct demo_dossier *x, json_t *list, struct dossier *s)
{
    struct key key;
    size_t r = 0;
    enum err e = stream_key_load(&d->app->room.keyring, d->db, x->home, x->id, &key);
    bool open = e == ERR_OK;
    if (e && e != ERR_NOT_FOUND)
        return e;
    struct rows rows _rows_ = {0};
    e = db_query(d->db, &rows, STMT_LEDGER_STREAM_EVENTS, p_text(x->home), p_bytes(id_str(&x->id)), p_int(0), p_int(INT64_MAX));
    while (!e && rows_next(&rows)) {
        struct event ev;
        struct applied applied;
        event_from_row(&rows, &ev);
        ev = event_dup(d->a, &ev);
        e = applied_from(d->a, &d->app->room.keyring, open ? &key : NULL, &ev, &applied);
        if (!e)
            e = dossier_aggregate.apply(s, d->a, &applied);
        if (e)
            break;
        for (; r < x->refusals && x->refusal[r].at < ev.at; r++) {
            struct line l = refusal_line(d, &x->refusal[r]);
            say(d, &l, list);
        }
        struct line l = event_line(d, &applied, s);
        say(d, &l, list);
    }
    for (; r < x->refusals && !e; r++) {
        struct line l = refusal_line(d, &x->refusal[r]);
        say(d, &l, list);
    }
    return e ? e : rows_end(&rows);
}

/* At most n bytes, cut between characters. */
static struct str shortened(struct demo *d, struct str s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_printf(d->a, "%.*s…", (int)n, s.p);
}

enum err demo_tell(struct demo *d, size_t story, json_t *into)
{
    const struct demo_story *st = &demo_stories[story];
    const struct demo_dossier *x = &d->dossier[story];
    struct dossier s = {0}, first = {0};
    json_t *list = json_array(), *o = json_pack("{ssssso}", "story", st->key, "title", st->title, "timeline", list);
    int64_t seq;
    json_array_append_new(into, o);
    if (id_is_zero(x->id))
        return ERR_OK;
    enum err e = stream_load(&dossier_aggregate, &d->app->room.keyring, d->db, d->a, x->home, x->id, 1, &first, &seq);
    if (e)
        return e;
    const struct procedure *p = procedure_find(d->rules->catalog, first.procedure, first.agency, time_local_day(first.submitted_at), NULL);
    struct str name = p ? p->name : STR("");
    put(o, "code", x->code);
    put(o, "procedure", first.procedure);
    put(o, "name", name);
    if (d->out) {
        fprintf(d->out, "\n%s\n", st->title);
        fprintf(d->out, "Hồ sơ %.*s, thủ tục %.*s %.*s\n", PRS(x->code), PRS(first.procedure), PRS(name));
        if (p && p->fee_text.n)
            fprintf(d->out, "Phí, lệ phí theo nguồn công bố: %.*s\n", PRS(shortened(d, p->fee_text, FEE_BYTES)));
    }
    e = lines(d, x, list, &s);
    json_object_set_new(o, "state", json_string(dossier_state_name((int)s.state)));
    if (!e && st->ends && strcmp(st->ends, s.voided ? "voided" : dossier_state_name((int)s.state)) != 0)
        demo_wrong(d, st->key, "ends as %s instead of %s", dossier_state_name((int)s.state), st->ends);
    return e;
}
