/* /xu-ly/{ma}: one dossier. The header says what, whose, when and whose turn; then what may be done now, what was declared, files, and what happened.
 * What happened is read from the events themselves (one table: type → sentence); notes of the house stand apart from words to the citizen. */
#include "domain/dossier/cite.h"
#include "domain/dossier/result.h"
#include "face/office/dossier.html.h"
#include "face/office/dossier_view.h"
#include "store/files.h"

enum { PAIRS_MAX = 400, EVENTS_SHOWN_MAX = 1000, FILES_MAX = 200 };

/* --- looking --- */

struct actor *working_actor(struct request *r)
{
    const struct actor *a = actor_of(r);
    struct actor *w = ARENA_NEW(request_arena(r), struct actor);
    *w = *a;
    w->audiences = 0;
    for (size_t i = 0; i < a->audiences; i++)
        if (!str_has_prefix(a->audience[i], STR("o:")))
            w->audience[w->audiences++] = a->audience[i];
    return w;
}

bool staff_only(struct request *r, enum http_result *result_r)
{
    const struct visitor *v = visitor_of(r);
    if (v && v->session.kind == ACCOUNT_STAFF)
        return true;
    *result_r = page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    return false;
}

enum err dossier_look(struct request *r, struct str code, struct looked *k, struct fail *f)
{
    const struct keyring *keys = &face_of(r)->room->keyring;
    struct arena *a = request_arena(r);
    *k = (struct looked){0};
    enum err e = dossier_find(db_of(r), dossier_code_typed(a, code), &k->home, &k->id, a);
    if (!e)
        e = stream_load(&dossier_aggregate, keys, db_of(r), a, k->home, k->id, INT64_MAX, &k->d, &k->version);
    if (!e && !dossier_visible(&k->d, working_actor(r)))
        e = ERR_NOT_FOUND;
    if (e)
        return fail_add(f, e, NULL, "", e == ERR_NOT_FOUND ? "dossier.absent" : "store.unavailable", NULL);
    k->acts = dossier_possible(rules_of(r), &k->d, actor_of(r), request_now_ms(r), k->act, ARRAY_LEN(k->act));
    return ERR_OK;
}

bool may_now(const struct looked *k, const char *command)
{
    for (size_t i = 0; i < k->acts; i++)
        if (strcmp(k->act[i], command) == 0)
            return true;
    return false;
}

enum err dossier_happened(struct request *r, const struct looked *k, int64_t after, struct happened **list_r, size_t *n_r)
{
    const struct keyring *keys = &face_of(r)->room->keyring;
    struct arena *a = request_arena(r);
    struct key key;
    bool open = stream_key_load(keys, db_of(r), k->home, k->id, &key) == ERR_OK;
    struct rows rows _rows_ = {0};
    if (after < 0)
        after = 0;
    if (k->version - after > EVENTS_SHOWN_MAX)
        after = k->version - EVENTS_SHOWN_MAX;
    size_t max = k->version > after ? (size_t)(k->version - after) : 0;
    *list_r = ARENA_ARRAY(a, struct happened, max + 1);
    *n_r = 0;
    enum err e = db_query(db_of(r), &rows, STMT_LEDGER_STREAM_EVENTS, p_text(k->home), p_bytes(id_str(&k->id)), p_int(after), p_int(k->version));
    while (!e && rows_next(&rows)) {
        struct event ev;
        struct applied w;
        event_from_row(&rows, &ev);
        e = applied_from(a, keys, open ? &key : NULL, &ev, &w);
        if (!e && *n_r < max)
            (*list_r)[(*n_r)++] = (struct happened){str_dup(a, w.head.type), str_dup(a, w.head.actor), w.head.seq, w.head.at, w.payload, w.personal};
    }
    return e ? e : rows_end(&rows);
}

/* --- an event in words --- */

static struct str text_in(const struct happened *h, const char *name)
{
    const json_t *v = json_object_get(h->personal, name);
    if (!json_is_string(v))
        v = json_object_get(h->payload, name);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

static void sentence(struct buf *b, struct str s)
{
    if (!s.n)
        return;
    if (b->n)
        buf_c(b, " · ");
    buf_str(b, s);
}

static void said_results(struct page *o, struct buf *b, const struct happened *h)
{
    const json_t *list = json_object_get(h->payload, "results"), *v;
    size_t i;
    json_array_foreach(list, i, v) {
        struct str number = str_of(json_string_value(json_object_get(v, "number"))), date = str_of(json_string_value(json_object_get(v, "date")));
        if (number.n)
            sentence(b, date.n ? TRF(o, "Văn bản %1 ngày %2", number, date) : TRF(o, "Văn bản %1", number));
    }
}

static void said_items(struct buf *b, const struct happened *h)
{
    const json_t *list = json_object_get(h->personal, "items"), *v;
    size_t i;
    json_array_foreach(list, i, v)
        sentence(b, str_of(json_string_value(v)));
}

struct moment moment_of(struct request *r, struct page *o, const struct happened *h)
{
    static const char *const own_words[] = {"text", "question", "opinion", "step", "note", "reason", "proof", "due_reason"};
    struct buf b _buf_ = BUF_MAX(64 * 1024);
    struct str officer = text_in(h, "officer"), proposed = text_in(h, "proposed"), collector = str_of(json_string_value(json_object_get(json_object_get(h->personal, "collector"), "name")));
    int64_t due = json_integer_value(json_object_get(h->payload, "due_at"));
    if (str_is(h->type, "dossier.assigned") && officer.n)
        sentence(&b, TRF(o, "Giao cho %1", actor_word(r, o, officer)));
    if (str_is(h->type, "dossier.proposed") && proposed.n)
        sentence(&b, str_is(proposed, "rejected") ? TR(o, "Đề xuất từ chối") : TR(o, "Đề xuất đồng ý"));
    if (collector.n)
        sentence(&b, TRF(o, "Người nhận: %1", collector));
    if (due)
        sentence(&b, TRF(o, "Hạn trả: %1", page_date_time(o, due)));
    said_items(&b, h);
    said_results(o, &b, h);
    bool suspended = str_is(h->type, "dossier.suspended");
    for (size_t i = 0; i < ARRAY_LEN(own_words); i++)
        if (!suspended || strcmp(own_words[i], "reason") != 0)
            sentence(&b, text_in(h, own_words[i]));
    sentence(&b, text_in(h, "basis"));
    return (struct moment){.title = event_word(o, h->type), .text = str_dup(o->arena, buf_view(&b)), .who = actor_word(r, o, h->actor), .at = h->at};
}

/* --- what was declared --- */

static struct str flat(struct page *o, const json_t *v)
{
    if (json_is_string(v))
        return str_bytes(json_string_value(v), json_string_length(v));
    if (json_is_integer(v))
        return str_printf(o->arena, "%lld", (long long)json_integer_value(v));
    if (json_is_boolean(v))
        return json_is_true(v) ? TR(o, "Có") : TR(o, "Không");
    return STR("");
}

static struct str as_date(struct page *o, struct str s)
{
    int64_t day;
    return s.n == 10 && date_parse(s, &day) ? page_date_of_day(o, day) : s;
}

static void declared(struct page *o, struct dossier_view *v, const json_t *object, const char *above)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        struct str name = above[0] ? str_printf(o->arena, "%s %s", above, key) : str_dup(o->arena, str_of(key));
        if (v->form_n >= PAIRS_MAX)
            return;
        if (json_is_object(value))
            declared(o, v, value, name.p);
        else if (flat(o, value).n)
            v->form[v->form_n++] = (struct pair){.key = name, .value = as_date(o, flat(o, value))};
    }
}

static struct str role_in_dossier(struct page *o, struct str role)
{
    return str_is(role, "owner") ? TR(o, "Chủ hồ sơ") : str_is(role, "submitter") ? TR(o, "Người nộp") : str_is(role, "representative") ? TR(o, "Người đại diện") : TR(o, "Người liên quan");
}

static void parties(struct page *o, struct dossier_view *v, const json_t *list)
{
    static const char *const facts[] = {"id_number", "birth_date", "phone", "email", "address"};
    size_t i;
    const json_t *p;
    v->party = ARENA_ARRAY(o->arena, struct pair, json_array_size(list) + 1);
    json_array_foreach(list, i, p) {
        struct buf b _buf_ = BUF_MAX(8192);
        sentence(&b, flat(o, json_object_get(p, "name")));
        for (size_t k = 0; k < ARRAY_LEN(facts); k++)
            sentence(&b, as_date(o, flat(o, json_object_get(p, facts[k]))));
        v->party[v->party_n++] = (struct pair){.key = role_in_dossier(o, flat(o, json_object_get(p, "role"))), .value = str_dup(o->arena, buf_view(&b))};
    }
    if (v->party_n)
        v->owner = flat(o, json_object_get(json_array_get(list, 0), "name"));
    json_array_foreach(list, i, p)
        if (str_is(flat(o, json_object_get(p, "role")), "owner")) {
            v->owner = flat(o, json_object_get(p, "name"));
            break;
        }
}

static void one_file(struct page *o, struct dossier_view *v, struct str sha, struct str name)
{
    if (sha.n == 2 * HASH_BYTES && v->file_n < FILES_MAX)
        v->file[v->file_n++] = (struct pair){.key = name, .value = sha, .change_url = str_printf(o->arena, "/xu-ly/%.*s/tep/%.*s", PRS(v->k->d.code), PRS(sha))};
}

/* Papers as handed in, first and later, and drafts of results. */
static void files(struct page *o, struct dossier_view *v, const struct happened *h, size_t n)
{
    v->file = ARENA_ARRAY(o->arena, struct pair, FILES_MAX);
    for (size_t e = 0; e < n; e++) {
        const json_t *from[] = {json_object_get(h[e].payload, "components"), json_object_get(h[e].personal, "components")}, *c, *f;
        size_t i, j;
        for (size_t s = 0; s < ARRAY_LEN(from); s++)
            json_array_foreach(from[s], i, c)
                json_array_foreach(json_object_get(c, "files"), j, f)
                    one_file(o, v, flat(o, f), TRF(o, "Giấy tờ %1", flat(o, json_object_get(c, "component"))));
    }
    for (size_t i = 0; i < v->k->d.results; i++)
        one_file(o, v, v->k->d.result[i].file, TRF(o, "Kết quả %1", page_count(o, (int64_t)i + 1)));
}

static void results(struct page *o, struct dossier_view *v)
{
    const struct dossier *d = &v->k->d;
    v->result = ARENA_ARRAY(o->arena, struct pair, d->results + 1);
    for (size_t i = 0; i < d->results; i++) {
        const struct dossier_result *w = &d->result[i];
        struct buf b _buf_ = BUF_MAX(2048);
        sentence(&b, w->number.n ? w->number : TR(o, "chưa có số"));
        sentence(&b, w->date);
        sentence(&b, w->revoked_at ? TR(o, "đã thu hồi") : w->signed_at ? TRF(o, "ký %1", page_date_time(o, w->signed_at)) : TR(o, "chưa ký"));
        sentence(&b, w->delivered_at ? TRF(o, "trả %1", page_date_time(o, w->delivered_at)) : TR(o, "chưa trả"));
        v->result[v->result_n++] = (struct pair){.key = result_code(o->arena, d->code, i + 1), .value = str_dup(o->arena, buf_view(&b))};
    }
}

static void story(struct request *r, struct page *o, struct dossier_view *v, const struct happened *h, size_t n)
{
    v->moment = ARENA_ARRAY(o->arena, struct moment, n + 1);
    v->note = ARENA_ARRAY(o->arena, struct moment, n + 1);
    v->said = ARENA_ARRAY(o->arena, struct moment, n + 1);
    for (size_t i = n; i-- > 0;) { /* newest first */
        struct moment m = moment_of(r, o, &h[i]);
        bool note = str_is(h[i].type, "dossier.noted");
        static const char *const outward[] = {"dossier.supplement_requested", "dossier.rejected", "dossier.refused", "dossier.extended", "dossier.apologised", "dossier.stopped"};
        v->moment[v->moment_n++] = m;
        if (note)
            v->note[v->note_n++] = m;
        for (size_t w = 0; w < ARRAY_LEN(outward); w++)
            if (str_is(h[i].type, outward[w]))
                v->said[v->said_n++] = m;
    }
}

static void head(struct request *r, struct page *o, struct dossier_view *v)
{
    const struct dossier *d = &v->k->d;
    struct dossier_clock clock = dossier_clock(d);
    v->procedure = procedure_word(r, d->procedure, d->agency, d->submitted_at);
    v->due = due_words(o, d->due_at, clock_punctuality(&clock, o->now), &v->kind);
    v->officer = d->officer.n ? actor_word(r, o, d->officer) : STR("");
    v->receiving = unit_word(r, d->receiving_unit);
    v->competent = unit_word(r, d->competent_unit);
    v->others = presence_others(o->arena, d->code, visitor_of(r)->session.login, o->now);
}

void dossier_show(struct request *r, struct page *o, struct dossier_view *v, const struct looked *k)
{
    struct happened *h;
    size_t n;
    *v = (struct dossier_view){.k = k, .owner = STR("")};
    const json_t *personal = NULL;
    if (dossier_personal(&face_of(r)->room->keyring, db_of(r), o->arena, k->home, k->id, &personal))
        personal = NULL;
    presence_beat(k->d.code, visitor_of(r)->session.login, visitor_of(r)->session.display, o->now);
    head(r, o, v);
    v->form = ARENA_ARRAY(o->arena, struct pair, PAIRS_MAX);
    parties(o, v, json_object_get(personal, "parties"));
    declared(o, v, json_object_get(personal, "form"), "");
    if (dossier_happened(r, k, 0, &h, &n))
        n = 0;
    files(o, v, h, n);
    results(o, v);
    story(r, o, v, h, n);
}

enum http_result dossier_page(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct looked k;
    struct fail f = {0};
    if (dossier_look(r, request_path_param(r, "ma"), &k, &f))
        return page_refuse(r, &f);
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct dossier_view v;
    page_begin(r, &o, &b);
    dossier_show(r, &o, &v, &k);
    struct str done = request_query(r, "xong");
    v.done = done.n ? act_of(done) : NULL;
    site_begin(r, &o, k.d.code, STR("/xu-ly"), false);
    dossier_whole(&o, &v);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* --- a file of it --- */

struct sending {
    struct file_reader *reader;
    struct str piece;
    int64_t at;
};

static int64_t send_piece(void *arg, int64_t pos, char *out, size_t max)
{
    struct sending *s = arg;
    while (pos >= s->at + (int64_t)s->piece.n) {
        s->at += (int64_t)s->piece.n;
        if (file_read(s->reader, &s->piece))
            return -1;
        if (!s->piece.n)
            return 0;
    }
    if (pos < s->at)
        return -1;
    size_t from = (size_t)(pos - s->at), n = s->piece.n - from < max ? s->piece.n - from : max;
    memcpy(out, s->piece.p + from, n);
    return (int64_t)n;
}

static void sent(void *arg)
{
    struct sending *s = arg;
    file_close(&s->reader);
    free(s);
}

/* Through the dossiers that cite it, by the same rule as the API: a file is read by whoever may read one of them. */
enum http_result dossier_file(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct hash sha;
    struct str hex = request_path_param(r, "sha"), owner;
    struct fail f = {0};
    struct file_info info = {0};
    struct file_reader *reader = NULL;
    if (!hex_parse(hex, sha.b, HASH_BYTES) || !face_of(r)->files)
        return page_refuse_code(r, ERR_NOT_FOUND, "file.absent");
    enum err e = dossier_file_readable(&face_of(r)->room->keyring, db_of(r), request_arena(r), actor_of(r), &sha, &owner);
    if (!e && file_open(face_of(r)->files, db_of(r), &owner, 1, &sha, &reader, &info, &f) == ERR_NOT_FOUND) {
        f = (struct fail){0};
        e = file_open(face_of(r)->files, db_of(r), NULL, 0, &sha, &reader, &info, &f);
    }
    if (e || f.n || !reader)
        return page_refuse_code(r, e ? e : f.err, e == ERR_NOT_FOUND ? "file.absent" : f.n ? f.item[0].code : "store.unavailable");
    struct sending *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->reader = reader;
    respond_source(r, &(struct http_source){.read = send_piece, .done = sent, .arg = s, .size = info.size}, str_c(request_arena(r), str_of(info.type)), STR(""));
    respond_attachment(r, info.name[0] ? str_dup(request_arena(r), str_of(info.name)) : hex);
    respond_header(r, "X-Content-Type-Options", STR("nosniff"));
    return HTTP_DONE;
}
