/* /xu-ly: one list a verb, counted, the clock that ends first on top; the same as CSV; the scan box.
 * A page is one keyset read of the domain's list, whatever its length. Counts look at no more than QUEUE_COUNT_MAX rows of a state, and are kept for three
 * seconds for all who have the same audience: a hundred officers of one desk cost one reading. */
#include "face/office/office_private.h"
#include "face/office/queue.html.h"
#include "face/office/queue_view.h"
#include <pthread.h>
#include <stdio.h>

enum { PAGE_ROWS = 50, CSV_ROWS_MAX = 5000, KEPT_MAX = 512, KEPT_MS = 3000, TASKS_MAX = 16, SEARCH_BYTES = 200, CSV_BYTES_MAX = 8 << 20 };
#define BIT(s) (1u << (s))

static const struct queue queues[] = {
    {"tiep-nhan", TR_LATER("Cần tiếp nhận"), "receive", BIT(DOSSIER_NEW) | BIT(DOSSIER_SUPPLEMENT)},
    {"chuyen", TR_LATER("Cần chuyển đi"), "hand_over", BIT(DOSSIER_RECEIVED) | BIT(DOSSIER_PROCESSING)},
    {"nhan", TR_LATER("Chờ nhận"), "accept", BIT(DOSSIER_RECEIVED) | BIT(DOSSIER_PROCESSING)},
    {"phan-cong", TR_LATER("Chờ phân công"), "assign", BIT(DOSSIER_RECEIVED) | BIT(DOSSIER_PROCESSING)},
    {"xu-ly", TR_LATER("Cần xử lý"), "process", BIT(DOSSIER_PROCESSING)},
    {"y-kien", TR_LATER("Chờ ý kiến"), "consult", BIT(DOSSIER_PROCESSING)},
    {"bo-sung", TR_LATER("Chờ bổ sung"), "", BIT(DOSSIER_SUPPLEMENT) | BIT(DOSSIER_FINANCE)},
    {"phe-duyet", TR_LATER("Chờ phê duyệt"), "approve", BIT(DOSSIER_PROCESSING)},
    {"tra", TR_LATER("Ký, đóng dấu, trả"), "deliver", BIT(DOSSIER_DONE)},
    {"rut", TR_LATER("Xin rút"), "", BIT(DOSSIER_WITHDRAWAL)},
};
static const struct queue everything = {"", TR_LATER("Tất cả đang mở"), "", 0}, closed = {"da-xong", TR_LATER("Đã xong"), "", BIT(DOSSIER_REFUSED) | BIT(DOSSIER_STOPPED) | BIT(DOSSIER_DELIVERED)};

const struct queue *queue_at(size_t i)
{
    return i < ARRAY_LEN(queues) ? &queues[i] : i == ARRAY_LEN(queues) ? &everything : i == ARRAY_LEN(queues) + 1 ? &closed : NULL;
}

static const struct queue *queue_of(struct str slug)
{
    const struct queue *q;
    for (size_t i = 0; (q = queue_at(i)); i++)
        if (str_is(slug, q->slug))
            return q;
    return &everything;
}

/* --- counts --- */

struct task_count {
    char task[24];
    int state;
    int64_t n;
};
static struct kept {
    char audience[96];
    int64_t at;
    struct task_count count[TASKS_MAX];
    size_t n;
} kept[KEPT_MAX];
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static enum err count_state(struct db *db, struct str audience, int state, struct kept *k)
{
    struct rows rows _rows_ = {0};
    enum err e = db_query(db, &rows, STMT_DOSSIER_TASKS, p_text(audience), p_int(state), p_int(QUEUE_COUNT_MAX));
    while (!e && rows_next(&rows))
        if (k->n < TASKS_MAX) {
            struct task_count *c = &k->count[k->n++];
            snprintf(c->task, sizeof c->task, "%.*s", PRS(row_str(&rows, 0)));
            c->state = state;
            c->n = row_i64(&rows, 1);
        }
    return e ? e : rows_end(&rows);
}

static enum err counts_of(struct db *db, struct str audience, struct kept *out)
{
    struct kept *place = &kept[str_hash(audience) % KEPT_MAX];
    int64_t now = time_machine_ms();
    pthread_mutex_lock(&kept_lock);
    bool good = str_is(audience, place->audience) && now >= place->at && now - place->at < KEPT_MS;
    if (good)
        *out = *place;
    pthread_mutex_unlock(&kept_lock);
    if (good)
        return ERR_OK;
    *out = (struct kept){.at = now};
    if (audience.n >= sizeof out->audience)
        return ERR_OK;
    memcpy(out->audience, audience.p, audience.n);
    enum err e = ERR_OK;
    for (int state = 1; state < DOSSIER_STATES && !e; state++)
        if (dossier_lists_open() >> state & 1)
            e = count_state(db, audience, state, out);
    if (!e) {
        pthread_mutex_lock(&kept_lock);
        *place = *out;
        pthread_mutex_unlock(&kept_lock);
    }
    return e;
}

void queue_counts_forget(void)
{
    pthread_mutex_lock(&kept_lock);
    for (size_t i = 0; i < KEPT_MAX; i++)
        kept[i].at = 0;
    pthread_mutex_unlock(&kept_lock);
}

enum err queue_counts_for(struct db *db, const struct str *audience, size_t audiences, int64_t n_r[QUEUES_MAX])
{
    memset(n_r, 0, QUEUES_MAX * sizeof *n_r);
    for (size_t i = 0; i < audiences; i++) {
        struct kept k;
        if (str_has_prefix(audience[i], STR("o:"))) /* one's own dossiers are nobody's work */
            continue;
        enum err e = counts_of(db, audience[i], &k);
        if (e)
            return e;
        for (size_t c = 0; c < k.n; c++)
            for (size_t q = 0; q < ARRAY_LEN(queues); q++)
                if ((queues[q].lists >> k.count[c].state & 1) && (!queues[q].task[0] || strcmp(queues[q].task, k.count[c].task) == 0))
                    n_r[q] += k.count[c].n;
    }
    return ERR_OK;
}

enum err queue_counts(struct request *r, int64_t n_r[QUEUES_MAX]) { return queue_counts_for(db_of(r), actor_of(r)->audience, actor_of(r)->audiences, n_r); }

struct str count_word(struct page *o, int64_t n)
{
    return n >= QUEUE_COUNT_MAX ? TRF(o, "hơn %1", page_count(o, QUEUE_COUNT_MAX)) : page_count(o, n);
}

/* --- the question --- */

static struct str asked(struct request *r, const char *name, size_t max)
{
    struct str s = request_query(r, name);
    return s.p && s.n <= max ? str_trim(s) : STR("");
}

/* A day means its end: what is due on it or before. "2026-12-01" or "1/12/2026". */
static bool until(struct str s, int64_t *ms_r)
{
    int64_t day, v[3] = {0};
    struct str rest = s, part;
    *ms_r = 0;
    if (!s.n)
        return true;
    if (!date_parse(s, &day)) {
        for (size_t i = 0; i < 3; i++)
            if (!str_next(&rest, '/', &part) || !str_to_i64(str_trim(part), &v[i]) || v[i] < 1 || v[i] > 9999)
                return false;
        if (rest.n || !civil_valid((int)v[2], (int)v[1], (int)v[0]))
            return false;
        day = civil_days((int)v[2], (int)v[1], (int)v[0]);
    }
    *ms_r = time_from_local(day + 1, 0);
    return true;
}

static bool query_of(struct request *r, struct dossier_list_query *q, struct queue_view *v, struct fail *f)
{
    v->queue = queue_of(asked(r, "viec", 20));
    v->q = asked(r, "q", SEARCH_BYTES);
    v->unit = asked(r, "don-vi", UNIT_CODE_MAX);
    v->before = asked(r, "truoc", 20);
    v->mine = str_is(asked(r, "cua-toi", 2), "1");
    *q = (struct dossier_list_query){.lists = v->queue->lists, .task = str_of(v->queue->task), .unit = v->unit, .q = v->q, .cursor = asked(r, "trang", 200),
                                     .officer = v->mine ? actor_of(r)->id : STR(""), .limit = PAGE_ROWS};
    if (request_query(r, "q").n > SEARCH_BYTES)
        (void)!fail_add(f, ERR_MALFORMED, NULL, "/q", "query.too-long", NULL);
    if (v->unit.n && !unit_find(rules_of(r)->org, v->unit)) {
        (void)!fail_add(f, ERR_MALFORMED, NULL, "/don-vi", "unit.unknown", NULL);
        q->unit = STR("");
    }
    if (!until(v->before, &q->due_before))
        (void)!fail_add(f, ERR_MALFORMED, NULL, "/truoc", "query.date", NULL);
    return !f->n;
}

enum err office_list(struct request *r, const struct dossier_list_query *q, struct dossier_page *page_r, struct fail *f)
{
    enum err e = dossier_list(&face_of(r)->room->keyring, rules_of(r), db_of(r), request_arena(r), working_actor(r), q, request_now_ms(r), page_r, f);
    return e && !f->n ? fail_add(f, e, NULL, "", "store.unavailable", NULL) : e;
}

static void add_part(struct page *o, const char *name, struct str value)
{
    if (!value.n)
        return;
    struct str before = buf_view(o->out);
    buf_char(o->out, str_find_char(before, '?') < 0 ? '?' : '&');
    buf_c(o->out, name);
    buf_char(o->out, '=');
    page_part(o, value);
}

/* The address of this list, with another queue, another page, or as a file. */
struct str queue_url(struct page *o, const struct queue_view *v, const char *path, const char *slug, struct str cursor)
{
    struct buf b _buf_ = BUF_MAX(4096);
    struct page part = {.out = &b, .arena = o->arena};
    buf_c(&b, path);
    add_part(&part, "viec", str_of(slug));
    add_part(&part, "q", v->q);
    add_part(&part, "don-vi", v->unit);
    add_part(&part, "truoc", v->before);
    add_part(&part, "cua-toi", v->mine ? STR("1") : STR(""));
    add_part(&part, "trang", cursor);
    return str_dup(o->arena, buf_view(&b));
}

static void units_of(struct request *r, struct page *o, struct queue_view *v)
{
    const struct actor *a = actor_of(r);
    v->units = ARENA_ARRAY(o->arena, struct option, ACTOR_AUDIENCES_MAX + 1);
    v->units[v->unit_n++] = (struct option){.value = STR(""), .label = TR(o, "Mọi đơn vị")};
    for (size_t i = 0; i < a->audiences; i++)
        if (str_has_prefix(a->audience[i], STR("u:"))) {
            struct str code = str_sub(a->audience[i], 2, a->audience[i].n);
            v->units[v->unit_n++] = (struct option){.value = code, .label = unit_word(r, code), .chosen = str_eq(code, v->unit)};
        }
}

struct row *queue_rows(struct request *r, struct page *o, const struct dossier_page *page)
{
    struct row *rows = ARENA_ARRAY(o->arena, struct row, page->n + 1);
    for (size_t i = 0; i < page->n; i++) {
        const struct dossier_item *it = page->items[i];
        struct row *w = &rows[i];
        w->it = it;
        w->procedure = procedure_word(r, it->procedure, it->agency, it->submitted_at);
        w->officer = it->officer.n ? actor_word(r, o, it->officer) : STR("");
        w->due = due_words(o, it->due_at, it->punctuality, &w->kind);
    }
    return rows;
}

enum http_result queue_page(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    struct queue_view v = {0};
    struct dossier_list_query q;
    struct dossier_page page = {.next = STR("")};
    page_begin(r, &o, &b);
    if (query_of(r, &q, &v, &f) && office_list(r, &q, &page, &f) && f.err != ERR_MALFORMED)
        return page_refuse(r, &f);
    if (queue_counts(r, v.n))
        return page_refuse_code(r, ERR_UNAVAILABLE, "store.unavailable");
    units_of(r, &o, &v);
    v.rows = queue_rows(r, &o, &page);
    v.row_n = page.n;
    v.first = q.cursor.n ? queue_url(&o, &v, "/xu-ly", v.queue->slug, STR("")) : STR("");
    v.next = page.next.n ? queue_url(&o, &v, "/xu-ly", v.queue->slug, page.next) : STR("");
    struct form_errors e = form_errors_of(&o, &f);
    site_begin(r, &o, TR(&o, v.queue->title), STR(""), f.n > 0);
    queue_list(&o, &e, &v);
    site_end(&o);
    return page_end(r, f.n ? 400 : 200, &o);
}

/* --- CSV --- */

/* A cell that begins like a formula would be run by a spreadsheet. */
static void cell(struct buf *b, struct str s, bool last)
{
    buf_char(b, '"');
    if (s.n && strchr("=+-@\t\r", s.p[0]))
        buf_char(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, s.p[i]);
    }
    buf_c(b, last ? "\"\r\n" : "\",");
}

static void csv_row(struct request *r, struct page *o, const struct dossier_item *it)
{
    enum due_kind kind;
    struct str due = due_words(o, it->due_at, it->punctuality, &kind);
    cell(o->out, it->code, false);
    cell(o->out, it->procedure, false);
    cell(o->out, procedure_word(r, it->procedure, it->agency, it->submitted_at), false);
    cell(o->out, it->owner, false);
    cell(o->out, state_word(o, it->state, it->voided != 0), false);
    cell(o->out, task_word(o, it->task), false);
    cell(o->out, it->officer.n ? actor_word(r, o, it->officer) : STR(""), false);
    cell(o->out, unit_word(r, it->home_unit), false);
    cell(o->out, unit_word(r, it->competent_unit), false);
    cell(o->out, it->received_at ? page_date_time(o, it->received_at) : STR(""), false);
    cell(o->out, it->due_at ? page_date_time(o, it->due_at) : STR(""), false);
    cell(o->out, due, true);
}

enum http_result queue_csv(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    static const char *const heads[] = {TR_LATER("Mã hồ sơ"), TR_LATER("Mã thủ tục"), TR_LATER("Thủ tục"), TR_LATER("Chủ hồ sơ"), TR_LATER("Trạng thái"), TR_LATER("Việc tiếp theo"),
                                        TR_LATER("Người thụ lý"), TR_LATER("Nơi tiếp nhận"), TR_LATER("Nơi giải quyết"), TR_LATER("Tiếp nhận lúc"), TR_LATER("Hạn trả"), TR_LATER("Tiến độ")};
    struct buf unused _buf_ = BUF_MAX(4096);
    struct buf b _buf_ = BUF_MAX(CSV_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    struct queue_view v = {0};
    struct dossier_list_query q;
    struct dossier_page page;
    page_begin(r, &o, &unused);
    o.out = &b;
    if (!query_of(r, &q, &v, &f))
        return page_refuse(r, &f);
    q.limit = DOSSIER_LIST_MAX;
    buf_c(&b, "\xef\xbb\xbf"); /* without it Excel takes the letters for another alphabet */
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        cell(&b, TR(&o, heads[i]), i + 1 == ARRAY_LEN(heads));
    for (size_t n = 0; n < CSV_ROWS_MAX;) {
        if (office_list(r, &q, &page, &f))
            return page_refuse(r, &f);
        for (size_t i = 0; i < page.n; i++)
            csv_row(r, &o, page.items[i]);
        n += page.n ? page.n : PAGE_ROWS; /* a page without rows was looked through, too */
        if (!page.next.n)
            break;
        q.cursor = page.next;
    }
    respond_bytes(r, 200, "text/csv; charset=utf-8", str_dup(o.arena, buf_view(&b)));
    respond_attachment(r, STR("ho-so.csv"));
    return HTTP_DONE;
}

/* --- the scan box --- */

/* What a scanner or a person put into the box: the code of a dossier or result opens it; anything else is searched for. */
enum http_result scan(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct arena *a = request_arena(r);
    struct str q = asked(r, "q", SEARCH_BYTES), code = dossier_code_typed(a, q), home;
    struct id id;
    struct buf b _buf_ = BUF_MAX(4096);
    struct page part = {.out = &b, .arena = a};
    if (str_find_char(q, '|') == 12 && str_all_digits(str_sub(q, 0, 12))) /* a citizen's card: by its number */
        q = str_sub(q, 0, 12);
    struct looked k;
    struct fail f = {0};
    bool there = code.n && code.n <= OFFICE_CODE_MAX && !dossier_find(db_of(r), code, &home, &id, a) && !dossier_look(r, code, &k, &f);
    bool desk = str_is(asked(r, "tai", 20), "tra-ket-qua");
    buf_c(&b, there ? "/xu-ly/" : desk ? "/tra-ket-qua?q=" : "/xu-ly?q=");
    page_part(&part, there ? k.d.code : q);
    if (there && desk && may_now(&k, "deliver"))
        buf_c(&b, "/tra");
    return page_redirect(r, str_dup(a, buf_view(&b)));
}
