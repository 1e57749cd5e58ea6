/* What anybody may ask: how far a dossier is, and whether a result is genuine. Without signing in only the code and the degree of
 * completion are told: not the state, for that it was refused, withdrawn or entered by mistake is nobody's business. Whoever knows the last four
 * digits of a phone of the dossier, or may read it, is also told its state, when, and what to do. A confidential dossier is not there for
 * others. Never anything personal. A wrong guess looks like no guess, and guesses are counted per client and per dossier. */
#include "domain/dossier/result.h"
#include "face/api/api_private.h"
#include "face/api/limiter.h"

enum { ANSWER_MAX = 16 * 1024, STEPS = 5 };

/* The names of R-082, as the national portal shows them. */
static const struct { const char *vi, *en; } labels[DOSSIER_STATES] = {
    {"", ""}, {"Mới đăng ký", "Submitted"}, {"Được tiếp nhận", "Received"}, {"Không được tiếp nhận", "Not accepted"},
    {"Đang xử lý", "Being processed"}, {"Yêu cầu bổ sung giấy tờ", "More papers needed"},
    {"Yêu cầu thực hiện nghĩa vụ tài chính", "Payment due"}, {"Công dân yêu cầu rút hồ sơ", "Withdrawal requested"}, {"Dừng xử lý", "Stopped"},
    {"Đã xử lý xong", "Finished"}, {"Đã trả kết quả", "Result delivered"}};

struct level {
    const char *name;
    int step;
};

/* "ended" is said of every way to end, a result in hand as well as a refusal: which one is part of the state. */
static struct level level_of(const struct dossier *d)
{
    static const struct level submitted = {"submitted", 1}, processing = {"processing", 3};
    if (d->voided)
        return (struct level){"ended", STEPS};
    switch ((enum dossier_state)d->state) {
    case DOSSIER_NONE:
    case DOSSIER_NEW: return submitted;
    case DOSSIER_RECEIVED: return (struct level){"received", 2};
    case DOSSIER_PROCESSING:
    case DOSSIER_FINANCE: return processing;
    case DOSSIER_SUPPLEMENT:
    case DOSSIER_WITHDRAWAL: return d->received_at ? processing : submitted;
    case DOSSIER_DONE: return (struct level){"done", 4};
    case DOSSIER_DELIVERED:
    case DOSSIER_REFUSED:
    case DOSSIER_STOPPED:
    case DOSSIER_STATES: break;
    }
    return (struct level){"ended", STEPS};
}

static const char *to_do(const struct dossier *d)
{
    if (d->voided)
        return "nothing";
    switch ((enum dossier_state)d->state) {
    case DOSSIER_SUPPLEMENT: return d->supplemented ? "wait" : "supplement";
    case DOSSIER_FINANCE: return "pay";
    case DOSSIER_DONE: return "collect";
    case DOSSIER_REFUSED:
    case DOSSIER_STOPPED:
    case DOSSIER_DELIVERED: return "nothing";
    default: return "wait";
    }
}

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
    json_member(b, "to_do", str_of(to_do(d)));
    buf_char(b, '}');
}

static bool four_digits(struct str s) { return s.n == 4 && str_all_digits(s); }

/* Counted before anything is looked up, and whether or not the dossier exists. */
static bool guess_allowed(struct request *r, struct str code)
{
    struct api *api = api_of(r);
    int64_t now = request_now_ms(r), wait = limiter_try(api->guesses_of_client, limiter_client(request_client(r)), now);
    if (!wait)
        wait = limiter_try(api->guesses_of_dossier, code, now);
    if (!wait)
        return true;
    refuse_code(r, ERR_BUSY, "phone_end", "track.too-many");
    respond_retry_after(r, (int)((wait + 999) / 1000));
    return false;
}

enum http_result api_track(struct request *r)
{
    struct str typed = request_path_param(r, "code"), code = dossier_code_typed(request_arena(r), typed), phone = request_query(r, "phone_end"), home;
    struct id id;
    struct dossier d = {0};
    int64_t seq;
    if (phone.p && !four_digits(phone))
        return refuse_code(r, ERR_MALFORMED, "phone_end", "track.phone-end");
    if (phone.p && !guess_allowed(r, code))
        return HTTP_DONE;
    enum err e = dossier_find(db_of(r), code, &home, &id, request_arena(r));
    if (e == ERR_NOT_FOUND && !str_eq(typed, code)) /* codes of another form than ours (dossier_code_template) */
        e = dossier_find(db_of(r), typed, &home, &id, request_arena(r));
    if (!e)
        e = stream_load(&dossier_aggregate, &api_of(r)->face.room->keyring, db_of(r), request_arena(r), home, id, INT64_MAX, &d, &seq);
    if (e)
        return refuse_code(r, e, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable");
    bool more = actor_of(r) && dossier_visible(&d, actor_of(r));
    if (phone.p) {
        e = dossier_phone_ends(&api_of(r)->face.room->keyring, db_of(r), home, id, phone);
        if (e && e != ERR_NOT_FOUND)
            return refuse_code(r, e, "", "store.unavailable");
        more |= e == ERR_OK;
    }
    if (!more && d.restricted)
        return refuse_code(r, ERR_NOT_FOUND, "", "dossier.absent");
    struct level level = level_of(&d);
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    buf_char(&b, '{');
    json_member(&b, "code", d.code);
    json_member(&b, "level", str_of(level.name));
    json_member_i64(&b, "step", level.step);
    json_member_i64(&b, "steps", STEPS);
    buf_c(&b, ",\"details\":");
    if (more)
        details(r, &b, &d);
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
