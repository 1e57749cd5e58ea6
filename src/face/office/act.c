/* What may be done with a dossier, as forms: one table says what each command asks for; forms and payloads follow from it. The names of inputs are the
 * pointers of the command's fields, so that every complaint of the domain finds its place. Nothing is checked here. */
#include "face/office/office_private.h"
#include <stdio.h>

enum { LINE_BYTES = 1200, LINES_BYTES = 6000, DEFECTS_MAX = 60, PEOPLE_MAX = 200, SHORT_NAME = 200, RESULTS_ROWS_MAX = 12 };

#define REASON(text) {ASK_LINES, "reason", (text), NULL, false}
#define BASIS {ASK_LINE, "basis", TR_LATER("Căn cứ pháp lý"), TR_LATER("Ví dụ: Điều 16 Luật Hộ tịch"), false}
#define APPROVER {ASK_APPROVER, "approver", TR_LATER("Người duyệt thứ hai"), TR_LATER("Người này sẽ được hỏi lại và tự xác nhận"), false}

static const struct act acts[] = {
    {"accept", "nhan", TR_LATER("Nhận về giải quyết"), TR_LATER("Từ lúc nhận, cơ quan này chịu trách nhiệm về hạn trả."), false, true, "a", {{0}}},
    {"assign", "phan-cong", TR_LATER("Phân công"), TR_LATER("Chọn người thụ lý hồ sơ."), false, true, "g", {{ASK_OFFICER, "officer", TR_LATER("Giao cho"), NULL, false}}},
    {"propose", "trinh", TR_LATER("Trình lãnh đạo"), TR_LATER("Nêu đề xuất để lãnh đạo quyết định."), false, true, "p",
     {{ASK_CHOICE, "outcome", TR_LATER("Đề xuất"), NULL, false, {{"approved", TR_LATER("Đủ điều kiện, đề nghị đồng ý")}, {"rejected", TR_LATER("Không đủ điều kiện, đề nghị từ chối")}}},
      {ASK_LINES, "note", TR_LATER("Ý kiến gửi lãnh đạo"), NULL, true}}},
    {"approve", "phe-duyet", TR_LATER("Phê duyệt"), TR_LATER("Số và ngày để trống thì văn thư ghi sau."), false, true, "d",
     {{ASK_RESULTS, "results", TR_LATER("Kết quả"), NULL, true}, {ASK_LINES, "note", TR_LATER("Ghi chú"), NULL, true}}},
    {"sign_result", "ky", TR_LATER("Ký, ghi số kết quả"), TR_LATER("Ghi số, ngày và tư cách ký của văn bản kết quả."), false, true, "s",
     {{ASK_RESULT, "result", TR_LATER("Kết quả"), NULL, false},
      {ASK_LINE, "number", TR_LATER("Số văn bản"), TR_LATER("Ví dụ: 312/QĐ-UBND"), true},
      {ASK_DATE, "date", TR_LATER("Ngày văn bản"), NULL, true},
      {ASK_FILE, "file", TR_LATER("Tệp kết quả"), NULL, true},
      {ASK_CHOICE, "capacity", TR_LATER("Ký với tư cách"), NULL, true, {{"", TR_LATER("Ký trực tiếp")}, {"TM.", TR_LATER("Thay mặt (TM.)")}, {"KT.", TR_LATER("Ký thay (KT.)")}, {"TL.", TR_LATER("Thừa lệnh (TL.)")}, {"TUQ.", TR_LATER("Thừa ủy quyền (TUQ.)")}}}}},
    {"deliver", "tra", TR_LATER("Trả kết quả"), TR_LATER("Xem giấy tờ của người nhận trước khi trả."), false, true, "r",
     {{ASK_COLLECTOR, "collector", TR_LATER("Người nhận"), NULL, false}, {ASK_LINE, "proof", TR_LATER("Bằng chứng đã giao"), TR_LATER("Ví dụ: ký nhận vào sổ, phiếu phát EB123456789VN"), false}}},
    {"request_supplement", "bo-sung", TR_LATER("Yêu cầu bổ sung"), TR_LATER("Nêu hết mọi chỗ thiếu trong một lần. Yêu cầu lần thứ hai sẽ tính là hồ sơ trễ."), true, true, "b",
     {{ASK_DEFECTS, "items", TR_LATER("Những chỗ cần bổ sung"), NULL, false}, {ASK_LINES, "reason", TR_LATER("Lời nhắn cho người dân"), NULL, true}}},
    {"reject", "tu-choi", TR_LATER("Từ chối giải quyết"), TR_LATER("Người dân nhận lý do và được quyền khiếu nại."), true, true, NULL, {REASON(TR_LATER("Lý do từ chối")), BASIS}},
    {"return_to_step", "tra-lai", TR_LATER("Trả lại để làm tiếp"), TR_LATER("Hồ sơ quay về bước trước, kèm lý do."), false, true, "l",
     {{ASK_CHOICE, "to", TR_LATER("Trả về bước"), NULL, false, {{"process", TR_LATER("Xử lý lại")}, {"assign", TR_LATER("Phân công lại")}, {"consult", TR_LATER("Chờ ý kiến")}}}, REASON(TR_LATER("Lý do trả lại"))}},
    {"consult", "xin-y-kien", TR_LATER("Xin ý kiến"), TR_LATER("Trong lúc chờ, hạn trả vẫn chạy."), false, true, "y",
     {{ASK_UNIT, "unit", TR_LATER("Hỏi đơn vị nào"), TR_LATER("Mã hoặc tên đơn vị, ví dụ 91.STP"), false}, {ASK_DATE, "due_at", TR_LATER("Cần trả lời trước ngày"), NULL, false}, {ASK_LINES, "question", TR_LATER("Nội dung hỏi"), NULL, false}}},
    {"answer", "tra-loi", TR_LATER("Trả lời ý kiến"), TR_LATER("Ý kiến này gửi cho đơn vị đã hỏi."), false, true, NULL,
     {{ASK_CONSULT, "no", TR_LATER("Câu hỏi"), NULL, false}, {ASK_LINES, "opinion", TR_LATER("Ý kiến"), NULL, false}}},
    {"complete_step", "xong-buoc", TR_LATER("Ghi xong một bước"), TR_LATER("Một dòng trong phiếu kiểm soát quá trình."), false, true, "e",
     {{ASK_LINE, "step", TR_LATER("Đã làm xong việc gì"), NULL, false}, {ASK_LINES, "note", TR_LATER("Ghi chú"), NULL, true}}},
    {"extend", "gia-han", TR_LATER("Gia hạn"), TR_LATER("Chỉ một lần, và phải trước hạn trả ít nhất một ngày."), true, true, NULL, {{ASK_DATE, "due_at", TR_LATER("Ngày trả mới"), NULL, false}, REASON(TR_LATER("Lý do, viết cho người dân đọc"))}},
    {"apologise", "xin-loi", TR_LATER("Xin lỗi và hẹn lại"), TR_LATER("Thư xin lỗi có ngày hẹn mới, gửi cho người dân."), true, true, NULL, {{ASK_DATE, "due_at", TR_LATER("Ngày hẹn mới"), NULL, false}, REASON(TR_LATER("Lý do, viết cho người dân đọc"))}},
    {"suspend", "tam-dung", TR_LATER("Tạm dừng tính hạn"), TR_LATER("Hạn trả không chạy cho đến khi tiếp tục."), false, true, NULL,
     {{ASK_CHOICE, "reason", TR_LATER("Vì sao"), NULL, false, {{"financial_duty", TR_LATER("Chờ người dân nộp thuế, phí")}, {"law", TR_LATER("Luật quy định không tính thời gian này")}, {"outside_verification", TR_LATER("Chờ nơi khác xác minh")}}}, BASIS}},
    {"resume", "tiep-tuc", TR_LATER("Tiếp tục tính hạn"), TR_LATER("Hạn trả được tính lại, trừ thời gian tạm dừng."), false, true, NULL, {{0}}},
    {"receive", "tiep-nhan", TR_LATER("Tiếp nhận"), TR_LATER("Ngày hẹn trả do hệ thống tính, trừ khi thủ tục chưa có thời hạn."), false, true, NULL,
     {{ASK_UNIT, "competent_unit", TR_LATER("Cơ quan giải quyết, nếu hệ thống chưa rõ"), TR_LATER("Mã hoặc tên đơn vị, ví dụ 91.STP"), true}, {ASK_DATE, "due_at", TR_LATER("Ngày hẹn trả, nếu thủ tục chưa có thời hạn"), NULL, true}, {ASK_LINE, "due_reason", TR_LATER("Lý do chọn ngày đó"), NULL, true}}},
    {"refuse", "khong-nhan", TR_LATER("Không tiếp nhận"), TR_LATER("Người dân nhận phiếu từ chối có lý do."), true, true, NULL, {REASON(TR_LATER("Lý do, và người dân cần làm gì")), BASIS}},
    {"supplement", "da-bo-sung", TR_LATER("Ghi đã bổ sung"), TR_LATER("Người dân đã nộp đủ những chỗ thiếu."), false, true, NULL, {{ASK_LINES, "note", TR_LATER("Đã nộp thêm những gì"), NULL, true}}},
    {"hand_over", "chuyen", TR_LATER("Chuyển đến cơ quan giải quyết"), TR_LATER("Cơ quan giải quyết sẽ bấm nhận khi hồ sơ đến."), false, true, NULL, {{0}}},
    {"withdraw", "rut", TR_LATER("Ghi người dân xin rút"), TR_LATER("Cơ quan giải quyết quyết định việc rút."), false, true, NULL, {{ASK_LINES, "reason", TR_LATER("Lý do xin rút"), NULL, true}}},
    {"take_back_withdrawal", "khong-rut", TR_LATER("Ghi không rút nữa"), TR_LATER("Hồ sơ trở lại chỗ cũ."), false, true, NULL, {{ASK_LINES, "reason", TR_LATER("Lý do"), NULL, true}}},
    {"stop", "dung", TR_LATER("Dừng giải quyết"), TR_LATER("Hồ sơ kết thúc tại đây. Nếu người dân đã xin rút thì không cần lý do."), true, true, NULL,
     {{ASK_LINES, "reason", TR_LATER("Lý do dừng"), NULL, true}, {ASK_LINE, "basis", TR_LATER("Căn cứ pháp lý"), TR_LATER("Ví dụ: Điều 16 Luật Hộ tịch"), true}}},
    {"correct", "dinh-chinh", TR_LATER("Đính chính"), TR_LATER("Giá trị cũ vẫn được giữ. Chỉ điền chỗ cần sửa."), false, true, NULL,
     {{ASK_UNIT, "changes/competent_unit", TR_LATER("Cơ quan giải quyết mới"), TR_LATER("Mã hoặc tên đơn vị, ví dụ 91.STP"), true},
      {ASK_LINE, "changes/procedure", TR_LATER("Mã thủ tục đúng"), TR_LATER("Ví dụ: 1.001193"), true},
      {ASK_LINE, "changes/variant", TR_LATER("Trường hợp đúng"), NULL, true}, APPROVER, REASON(TR_LATER("Lý do đính chính"))}},
    {"void", "huy", TR_LATER("Hủy vì nhập nhầm"), TR_LATER("Hồ sơ vẫn còn trong sổ, được đếm riêng."), false, true, NULL,
     {APPROVER, REASON(TR_LATER("Lý do hủy")), {ASK_LINE, "doubled_by", TR_LATER("Mã hồ sơ bị trùng"), NULL, true}}},
    {"revoke_result", "thu-hoi", TR_LATER("Thu hồi kết quả"), TR_LATER("Từ lúc thu hồi, kết quả không còn hiệu lực."), false, true, NULL,
     {{ASK_RESULT, "result", TR_LATER("Kết quả"), NULL, false}, {ASK_LINE, "decision", TR_LATER("Số quyết định thu hồi"), TR_LATER("Ví dụ: 45/QĐ-UBND"), false}, BASIS, APPROVER, REASON(TR_LATER("Lý do thu hồi"))}},
    {"confirm", "xac-nhan", TR_LATER("Trả lời về việc duyệt"), TR_LATER("Có người ghi tên ông/bà là người duyệt. Điều đó có đúng không?"), false, true, NULL,
     {{ASK_CHOICE, "agreed", TR_LATER("Trả lời"), NULL, false, {{"true", TR_LATER("Đúng, tôi đã duyệt")}, {"false", TR_LATER("Không, tôi không duyệt")}}}, {ASK_LINES, "reason", TR_LATER("Lý do nếu không duyệt"), NULL, true}}},
    {"note", "ghi-chu", TR_LATER("Ghi chú nội bộ"), TR_LATER("Chỉ cán bộ đọc được, không gửi cho người dân."), false, false, "n", {{ASK_LINES, "text", TR_LATER("Ghi chú"), NULL, false}}},
};

const struct act *act_at(size_t i) { return i < ARRAY_LEN(acts) ? &acts[i] : NULL; }

const struct act *act_of(struct str word)
{
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_is(word, acts[i].slug) || str_is(word, acts[i].command))
            return &acts[i];
    return NULL;
}

const struct act *act_first(const struct looked *k)
{
    static const char *const turns[][2] = {{"accept", "accept"}, {"assign", "assign"}, {"process", "propose"}, {"consult", "answer"}, {"approve", "approve"}, {"deliver", "deliver"},
                                           {"receive", "receive"}, {"hand_over", "hand_over"}, {"decide_withdrawal", "stop"}, {"supplement", "supplement"}};
    for (size_t i = 0; i < ARRAY_LEN(turns); i++)
        if (str_is(k->d.task, turns[i][0]) && may_now(k, turns[i][1]))
            return act_of(str_of(turns[i][1]));
    return NULL;
}

/* --- what was typed --- */

struct str typed(struct request *r, const char *name)
{
    struct str s = form_text(r, name, LINES_BYTES);
    return s.n ? s : STR("");
}

/* "changes/unit" stands within an object. */
static void put_at(json_t *o, const char *path, json_t *v)
{
    const char *slash = strchr(path, '/');
    if (!slash) {
        json_object_set_new(o, path, v);
        return;
    }
    char head[40];
    snprintf(head, sizeof head, "%.*s", (int)(slash - path), path);
    json_t *inner = json_object_get(o, head);
    if (!inner) {
        json_object_set_new(o, head, json_object());
        inner = json_object_get(o, head);
    }
    put_at(inner, slash + 1, v);
}

static void put_typed(json_t *o, const char *path, struct str s)
{
    if (s.n)
        put_at(o, path, json_stringn(s.p, s.n));
}

/* A code, or a name that only one unit has. */
static struct str unit_typed(struct request *r, const char *name)
{
    struct str s = typed(r, name);
    if (!s.n || unit_find(rules_of(r)->org, s))
        return s;
    struct str province = unit_province(rules_of(r)->org, actor_of(r)->unit);
    struct unit_page found = unit_list(rules_of(r)->org, request_arena(r), province, s, STR(""), 2);
    return found.n == 1 ? found.items[0]->code : s;
}

/* The end of the working day; what is no date is left for the domain to refuse. */
static struct str day_typed(struct request *r, const char *name, bool with_time)
{
    int64_t day;
    struct str s = form_date(r, name);
    return with_time && s.n && date_parse(s, &day) ? str_printf(request_arena(r), "%.*sT17:00:00+07:00", PRS(s)) : s;
}

static void put_number(json_t *o, const char *name, struct str s)
{
    int64_t n;
    if (str_to_i64(s, &n))
        json_object_set_new(o, name, json_integer(n));
}

/* Each paper that lacks something with what to do about it, then what else is wrong, one a line. */
static void put_defects(struct request *r, json_t *o)
{
    struct arena *a = request_arena(r);
    json_t *items = json_array();
    for (int i = 0; i < DEFECTS_MAX; i++) {
        struct str what = typed(r, str_printf(a, "sua-%d", i).p), paper = typed(r, str_printf(a, "giay-%d", i).p);
        if (what.n && paper.n) {
            struct str s = str_printf(a, "%.*s: %.*s", PRS(paper), PRS(what));
            json_array_append_new(items, json_stringn(s.p, s.n));
        }
    }
    struct str rest = typed(r, "items"), line;
    while (rest.n && str_next(&rest, '\n', &line)) {
        line = str_trim(line);
        if (line.n)
            json_array_append_new(items, json_stringn(line.p, line.n));
    }
    json_object_set_new(o, "items", items);
}

size_t result_rows(const struct looked *k)
{
    return k->d.subjects > 1 ? (size_t)(k->d.subjects < RESULTS_ROWS_MAX ? k->d.subjects : RESULTS_ROWS_MAX) : 1;
}

/* One result for each subject, at least one: number and date may come later, from the records clerk. */
static void put_results(struct request *r, json_t *o, const struct looked *k)
{
    static const char *const facts[] = {"number", "name", "file"};
    json_t *list = json_array();
    for (size_t i = 0; i < result_rows(k); i++) {
        json_t *one = json_object();
        for (size_t f = 0; f < ARRAY_LEN(facts); f++)
            put_typed(one, facts[f], typed(r, str_printf(request_arena(r), "results/%zu/%s", i, facts[f]).p));
        put_typed(one, "date", day_typed(r, str_printf(request_arena(r), "results/%zu/date", i).p, false));
        if (k->d.subjects > 1)
            json_object_set_new(one, "subject", json_integer((json_int_t)i + 1));
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "results", list);
}

static void put_collector(struct request *r, json_t *o)
{
    static const char *const facts[] = {"collector/name", "collector/id_number", "collector/relation"};
    struct str name, value;
    json_t *which = json_array();
    int64_t n;
    put_at(o, "collector", json_object());
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        put_typed(o, facts[i], typed(r, facts[i]));
    for (size_t i = 0; request_form_at(r, i, &name, &value); i++)
        if (str_is(name, "results") && str_to_i64(value, &n))
            json_array_append_new(which, json_integer(n));
    if (json_array_size(which))
        json_object_set(o, "results", which);
    json_decref(which);
}

static void put_asked(struct request *r, json_t *o, const struct ask *q, const struct looked *k)
{
    struct str s = typed(r, q->name);
    switch (q->kind) {
    case ASK_DATE: put_typed(o, q->name, day_typed(r, q->name, strcmp(q->name, "due_at") == 0)); break;
    case ASK_UNIT: put_typed(o, q->name, unit_typed(r, q->name)); break;
    case ASK_DEFECTS: put_defects(r, o); break;
    case ASK_RESULTS: put_results(r, o, k); break;
    case ASK_COLLECTOR: put_collector(r, o); break;
    case ASK_RESULT:
    case ASK_CONSULT: put_number(o, q->name, s); break;
    case ASK_CHOICE:
        if (strcmp(q->name, "agreed") == 0) {
            if (s.n)
                json_object_set_new(o, q->name, json_boolean(str_is(s, "true")));
            break;
        } /* fall through */
    default: put_typed(o, q->name, s);
    }
}

json_t *act_payload(struct request *r, const struct act *a, const struct looked *k)
{
    json_t *o = json_object();
    for (size_t i = 0; i < ASKED_MAX && a->ask[i].name; i++)
        put_asked(r, o, &a->ask[i], k);
    put_typed(o, "outage/evidence", typed(r, "outage/evidence"));
    put_typed(o, "outage/logged_as", typed(r, "outage/logged_as"));
    return o;
}

/* --- what there is to choose from --- */

struct option *officer_options(struct request *r, struct page *o, const struct looked *k, bool approver, size_t *n_r)
{
    struct option *v = ARENA_ARRAY(o->arena, struct option, PEOPLE_MAX + 1);
    struct str units[] = {k->d.competent_unit, k->d.receiving_unit};
    size_t n = 0;
    v[n++] = (struct option){.value = STR(""), .label = TR(o, "Chọn một người")};
    for (size_t u = 0; u < (approver && !str_eq(units[0], units[1]) ? 2u : 1u); u++) {
        struct rows rows _rows_ = {0};
        enum err e = db_query(db_of(r), &rows, STMT_STAFF_OF_UNIT, p_text(units[u]), p_int(request_now_ms(r)), p_int(PEOPLE_MAX * 2));
        while (!e && rows_next(&rows) && n < PEOPLE_MAX) {
            enum role role;
            struct str id = str_printf(o->arena, "staff:%.*s", PRS(row_str(&rows, 0)));
            if (!role_parse(row_str(&rows, 2), &role) || !role_may(rules_of(r)->rights, ROLE_BIT(role), approver ? STR("approve_correction") : STR("be_assigned")))
                continue;
            if (str_eq(v[n - 1].value, id) || (approver && str_eq(id, actor_of(r)->id)))
                continue;
            struct str name = row_str(&rows, 1).n ? row_str(&rows, 1) : row_str(&rows, 0);
            v[n++] = (struct option){.value = id, .label = str_printf(o->arena, "%.*s (%.*s)", PRS(name), PRS(TR(o, role_title(role))))};
        }
    }
    *n_r = n;
    return v;
}

struct option *result_options(struct page *o, const struct looked *k, bool in_force, size_t *n_r)
{
    struct option *v = ARENA_ARRAY(o->arena, struct option, k->d.results + 1);
    *n_r = 0;
    for (size_t i = 0; i < k->d.results; i++) {
        const struct dossier_result *w = &k->d.result[i];
        if (w->revoked_at || (!in_force && w->delivered_at))
            continue;
        struct str no = page_count(o, (int64_t)i + 1);
        v[(*n_r)++] = (struct option){.value = no, .label = w->number.n ? TRF(o, "Kết quả %1, số %2", no, w->number) : TRF(o, "Kết quả %1, chưa có số", no)};
    }
    return v;
}

struct option *consult_options(struct request *r, struct page *o, const struct looked *k, size_t *n_r)
{
    struct option *v = ARENA_ARRAY(o->arena, struct option, k->d.consults + 1);
    *n_r = 0;
    for (size_t i = 0; i < k->d.consults; i++)
        if (!k->d.consult[i].answered_at)
            v[(*n_r)++] = (struct option){.value = page_count(o, k->d.consult[i].no),
                                          .label = TRF(o, "%1, hạn %2", unit_word(r, k->d.consult[i].unit), page_date(o, k->d.consult[i].due_at))};
    return v;
}

/* Does this paper belong to another case of the procedure than the dossier's? */
static bool of_other_case(struct request *r, const struct procedure *p, const struct looked *k, const struct component *c, size_t place)
{
    int64_t day = time_local_day(k->d.submitted_at);
    const struct variant *v = k->d.variant.n ? variant_find(rules_of(r)->catalog, p, k->d.variant, day) : NULL;
    return v && !variant_needs(rules_of(r)->catalog, p, v, day, c, place);
}

/* The papers of the procedure, as the citizen knows them; `disabled`: out of the way, because it is no paper but a paragraph, or of another case. */
struct option *defect_options(struct request *r, struct page *o, const struct looked *k, size_t *n_r)
{
    size_t n = 0, candidates;
    struct component *list = NULL;
    const struct procedure *p = procedure_find(rules_of(r)->catalog, k->d.procedure, k->d.agency, time_local_day(k->d.submitted_at), &candidates);
    if (!p || procedure_components(o->arena, p, &list, &n))
        n = 0;
    struct option *v = ARENA_ARRAY(o->arena, struct option, DEFECTS_MAX + 1);
    *n_r = 0;
    for (size_t i = 0; i < n && *n_r < DEFECTS_MAX; i++)
        v[(*n_r)++] = (struct option){.value = str_sub(list[i].name, 0, 400), .label = list[i].name, .disabled = list[i].name.n > SHORT_NAME || of_other_case(r, p, k, &list[i], i + 1)};
    return v;
}
