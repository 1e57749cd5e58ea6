/* What anybody may ask: how far a dossier is, and whether a result is genuine. Without signing in only the code and the degree of
 * completion are told: not the state, for that it was refused, withdrawn or entered by mistake is nobody's business. Whoever knows the last four
 * digits of a phone of the dossier, or may read it, is also told its state, when, and what to do. A confidential dossier is not there for
 * others. Never anything personal. A wrong guess looks like no guess, and guesses are counted per client and per dossier. */
#include "domain/dossier/result.h"
#include "domain/dossier/track.h"
#include "face/api/api_private.h"

enum { ANSWER_MAX = 16 * 1024 };

/* The names of R-082, as the national portal shows them. */
static const struct { const char *vi, *en; } labels[DOSSIER_STATES] = {
    {"", ""}, {"Mới đăng ký", "Submitted"}, {"Được tiếp nhận", "Received"}, {"Không được tiếp nhận", "Not accepted"},
    {"Đang xử lý", "Being processed"}, {"Yêu cầu bổ sung giấy tờ", "More papers needed"},
    {"Yêu cầu thực hiện nghĩa vụ tài chính", "Payment due"}, {"Công dân yêu cầu rút hồ sơ", "Withdrawal requested"}, {"Dừng xử lý", "Stopped"},
    {"Đã xử lý xong", "Finished"}, {"Đã trả kết quả", "Result delivered"}};

static void details(struct request *r, struct buf *b, const struct dossier *d)
{
    const struct unit *u = unit_find(rules_of(r)->org, d->receiving_unit);
    bool english = request_lang(r) == HTTP_EN;
    buf_char(b, '{');
    json_member(b, "state", d->voided ? STR("voided") : str_of(dossier_state_name((int)d->state)));
    json_member(b, "label", d->voided ? english ? STR("Cancelled entry") : STR("Đã hủy do nhập nhầm")
                                      : str_of(english ? labels[d->state].en : labels[d->state].vi));
    json_member_time(b, "submitted_at", d->submitted_at);
    json_member_time(b, "received_at", d->received_at);
    json_member_time(b, "due_at", d->due_at);
    json_member_time(b, "promised_at", d->promised_at);
    json_member_bool(b, "expected", d->expected != 0);
    json_member(b, "receiving_unit", d->receiving_unit);
    json_member(b, "receiving_unit_name", u ? u->name : STR(""));
    json_member(b, "to_do", str_of(dossier_to_do(d)));
    buf_char(b, '}');
}

static bool four_digits(struct str s) { return s.n == 4 && str_all_digits(s); }

enum http_result api_track(struct request *r)
{
    struct str typed = request_path_param(r, "code"), phone = request_query(r, "phone_end");
    struct tracked t;
    if (phone.p && !four_digits(phone))
        return refuse_code(r, ERR_MALFORMED, "phone_end", "track.phone-end");
    int64_t wait = phone.p ? api_guess(r, dossier_code_typed(request_arena(r), typed)) : 0;
    if (wait) {
        refuse_code(r, ERR_BUSY, "phone_end", "track.too-many");
        respond_retry_after(r, (int)((wait + 999) / 1000));
        return HTTP_DONE;
    }
    enum err e = dossier_track(&api_of(r)->face.room->keyring, db_of(r), request_arena(r), actor_of(r), typed, phone.p ? phone : STR(""), &t);
    if (e)
        return refuse_code(r, e, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    struct dossier_level level = dossier_level(&t.dossier);
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    buf_char(&b, '{');
    json_member(&b, "code", t.dossier.code);
    json_member(&b, "level", str_of(level.name));
    json_member_i64(&b, "step", level.step);
    json_member_i64(&b, "steps", DOSSIER_LEVELS);
    buf_c(&b, ",\"details\":");
    if (t.more)
        details(r, &b, &t.dossier);
    else
        buf_c(&b, "null");
    buf_char(&b, '}');
    respond_json_buf(r, 200, &b);
    return HTTP_DONE;
}

/* whoever holds a result may ask whether it is genuine and still in force, and compare its number, date and content. */
enum http_result api_verify(struct request *r)
{
    struct str typed = request_path_param(r, "result_code"), code = dossier_code_typed(request_arena(r), typed);
    struct issued_result res;
    enum err e = result_find(db_of(r), request_arena(r), code, &res);
    if (e == ERR_NOT_FOUND && !str_eq(typed, code))
        e = result_find(db_of(r), request_arena(r), code = typed, &res);
    if (e)
        return refuse_code(r, e, "", e == ERR_NOT_FOUND ? "result.absent" : "store.unavailable");
    const struct unit *u = unit_find(rules_of(r)->org, res.competent_unit);
    size_t candidates;
    const struct procedure *p = res.restricted ? NULL
        : procedure_find(rules_of(r)->catalog, res.procedure, res.agency, time_local_day(res.issued_at), &candidates);
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    buf_char(&b, '{');
    json_member(&b, "code", code);
    bool issued = res.issued_at != 0; /* with number and date: before that nothing vouches for a paper in somebody's hand */
    json_member_bool(&b, "genuine", issued);
    json_member_bool(&b, "in_force", issued && res.revoked_at == 0);
    json_member(&b, "status", res.revoked_at ? STR("revoked") : issued ? STR("in_force") : STR("not_issued"));
    json_member(&b, "issued_by", res.competent_unit);
    json_member(&b, "issued_by_name", u ? u->name : STR(""));
    json_member_time(&b, "issued_at", res.issued_at);
    json_member_time(&b, "revoked_at", res.revoked_at);
    json_member(&b, "number", res.number);
    json_member(&b, "date", res.date);
    json_member(&b, "sha256", res.file);
    json_member(&b, "procedure", res.restricted ? STR("") : res.procedure);
    json_member(&b, "procedure_name", p ? p->name : STR(""));
    buf_char(&b, '}');
    respond_json_buf(r, 200, &b);
    return HTTP_DONE;
}
