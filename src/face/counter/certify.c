/* The certification desk (2.000815, copies of an original): a queue of papers in one go. Each person is one dossier, received at once; the fee is what the
 * catalogue says a page costs; the number is that of the unit's book, which begins anew each year; a receipt only for who asks for one. */
#include "face/counter/counter.html.h"
#include "face/counter/counter_private.h"

#define CERTIFY "2.000815"
enum { PAGES_MAX = 2000, COPIES_MAX = 1000, CERTIFY_ERRORS_MAX = 4 * CERTIFY_ROWS_MAX + FAIL_DETAILS_MAX };

struct desk {
    struct request *r;
    struct page *o;
    struct certify_view *v;
    struct form_error error[CERTIFY_ERRORS_MAX];
    size_t errors;
    struct fee fee;
    bool fee_known;
    int64_t dong[CERTIFY_ROWS_MAX]; /* of each row */
    int64_t total;                  /* of the rows shown: what is in the book now, or would be */
};

static void complain(struct desk *k, const char *field, const char *sentence)
{
    if (k->errors < CERTIFY_ERRORS_MAX)
        k->error[k->errors++] = (struct form_error){str_of(field), str_of(translated(sentence, k->o->lang))};
}

static bool blank(const struct certify_row *w) { return !w->who.n && !w->number.n && !w->paper.n && !w->pages.n && !w->copies.n; }

static const struct procedure *procedure_here(struct request *r)
{
    return procedure_find(rules_of(r)->catalog, STR(CERTIFY), STR(""), time_local_day(request_now_ms(r)), NULL);
}

static void name_row(struct desk *k, size_t i)
{
    static const char *const names[] = {"ai", "so", "giay", "trang", "ban"};
    for (size_t j = 0; j < ARRAY_LEN(names); j++)
        k->v->row[i].name[j] = str_printf(k->o->arena, "%s-%zu", names[j], i + 1).p;
}

static void begin(struct desk *k, struct request *r, struct page *o)
{
    struct fee fee[FEES_MAX];
    const struct procedure *p = procedure_here(r);
    size_t n = p ? fees_of(p, CHANNEL_COUNTER, fee) : 0;
    *k = (struct desk){.r = r, .o = o, .v = ARENA_NEW(o->arena, struct certify_view)};
    for (size_t i = 0; i < n && !k->fee_known; i++)
        if (fee[i].basis == FEE_PER_PAGE && fee[i].amount >= 0 && !fee[i].doubtful) {
            k->fee = fee[i];
            k->fee_known = true;
        }
    k->v->fee_words = !k->fee_known ? TR(o, "Chưa rõ mức phí, hỏi người phụ trách.")
        : k->fee.from_page ? TRF(o, "Phí %1 một trang, từ trang thứ %2: %3.", page_money(o, k->fee.amount), page_count(o, k->fee.from_page), page_money(o, k->fee.amount_from))
                           : TRF(o, "Phí %1 một trang.", page_money(o, k->fee.amount));
    for (size_t i = 0; i < CERTIFY_ROWS_MAX; i++) {
        name_row(k, i);
        k->v->row[i].who = k->v->row[i].number = k->v->row[i].paper = k->v->row[i].pages = k->v->row[i].copies = STR("");
    }
    k->v->rows = CERTIFY_ROWS_FIRST;
}

static void read_rows(struct desk *k)
{
    size_t last = 0;
    for (size_t i = 0; i < CERTIFY_ROWS_MAX; i++) {
        struct certify_row *w = &k->v->row[i];
        w->who = form_text(k->r, w->name[0], 420);
        w->number = form_text(k->r, w->name[1], 60);
        w->paper = form_text(k->r, w->name[2], 300);
        w->pages = form_text(k->r, w->name[3], 12);
        w->copies = form_text(k->r, w->name[4], 12);
        if (!blank(w))
            last = i + 1;
    }
    k->v->rows = last + 2 < CERTIFY_ROWS_FIRST ? CERTIFY_ROWS_FIRST : last + 2 > CERTIFY_ROWS_MAX ? CERTIFY_ROWS_MAX : last + 2;
    k->v->receipt = str_is(form_text(k->r, "giay-hen", 4), "co");
}

/* Every row's own complaints, its fee, and the sum. */
static void check_rows(struct desk *k)
{
    bool anybody = false;
    k->total = 0;
    for (size_t i = 0; i < k->v->rows; i++) {
        struct certify_row *w = &k->v->row[i];
        int64_t pages = 0, copies = 0;
        if (blank(w))
            continue;
        anybody |= w->who.n > 0;
        if (!anybody)
            complain(k, w->name[0], TR_LATER("Nhập tên người yêu cầu."));
        if (!w->paper.n)
            complain(k, w->name[2], TR_LATER("Nhập tên giấy tờ."));
        if (!str_to_i64(w->pages, &pages) || pages < 1 || pages > PAGES_MAX)
            complain(k, w->name[3], TR_LATER("Nhập số trang của một bản, từ 1 đến 2000."));
        if (!str_to_i64(w->copies, &copies) || copies < 1 || copies > COPIES_MAX)
            complain(k, w->name[4], TR_LATER("Nhập số bản, từ 1 đến 1000."));
        if (k->fee_known && fee_amount(&k->fee, copies, pages, &k->dong[i])) {
            w->fee = page_money(k->o, k->dong[i]);
            k->total += k->dong[i];
        } else
            w->fee = STR("");
    }
    k->v->total = k->fee_known && k->total ? page_money(k->o, k->total) : STR("");
}

/* --- into the book --- */

static json_t *payload(struct desk *k, size_t from, size_t to)
{
    const struct certify_row *w = &k->v->row[from];
    json_t *list = json_array(), *person = json_pack("{ss, ss, ss%}", "role", "owner", "kind", "person", "name", w->who.p, w->who.n);
    int64_t dong = 0, all_copies = 0, all_pages = 0;
    for (size_t i = from; i < to; i++) {
        const struct certify_row *x = &k->v->row[i];
        int64_t pages = 0, copies = 0;
        (void)!str_to_i64(x->pages, &pages);
        (void)!str_to_i64(x->copies, &copies);
        json_array_append_new(list, json_pack("{ss%, sI, sI, sI}", "ten", x->paper.p, x->paper.n, "so_trang", (json_int_t)pages, "so_ban", (json_int_t)copies, "phi", (json_int_t)k->dong[i]));
        dong += k->dong[i];
        all_pages += pages;
        all_copies += copies;
    }
    if (w->number.n) {
        json_object_set_new(person, "id_type", json_string(str_all_digits(w->number) ? "personal_number" : "passport"));
        json_object_set_new(person, "id_number", json_stringn(w->number.p, w->number.n));
    }
    struct str unit = actor_of(k->r)->unit;
    json_t *in = json_pack("{ss, ss, ss%, s[o], s{so, sI, sI, sI}, s[{si, si}], s{ss}}", "procedure", CERTIFY, "channel", "counter", "receiving_unit", unit.p, unit.n,
                           "parties", person, "form", "giay_to", list, "so_trang", (json_int_t)all_pages, "so_ban", (json_int_t)all_copies, "phi", (json_int_t)dong,
                           "components", "component", 1, "originals", (int)(to - from), "delivery", "method", "counter");
    if (k->v->receipt)
        json_object_set_new(in, "receipt", json_true());
    return in;
}

static struct str register_number(struct desk *k, struct str code)
{
    struct dossier_page page;
    struct fail f = {0};
    if (dossier_list(&face_of(k->r)->room->keyring, rules_of(k->r), db_of(k->r), k->o->arena, actor_of(k->r), &(struct dossier_list_query){.q = code, .limit = 1}, k->o->now, &page, &f)
        || !page.n || !page.items[0]->register_no)
        return code;
    return str_printf(k->o->arena, "%lld/%lld", (long long)page.items[0]->register_no, (long long)page.items[0]->register_year);
}

static void refused(struct desk *k, size_t row, const struct fail *f)
{
    struct form_errors e = form_errors_of(k->o, f);
    for (size_t i = 0; i < e.n && k->errors < CERTIFY_ERRORS_MAX; i++) {
        bool name = str_is(e.item[i].field, "parties/0/name"), number = str_has_prefix(e.item[i].field, STR("parties/0/id_"));
        k->error[k->errors++] = (struct form_error){str_of(k->v->row[row].name[number ? 1 : 0]), e.item[i].message};
        (void)name;
    }
}

/* One person after the other; who was refused stays in the form, the others are in the book. */
static void write_book(struct desk *k)
{
    int64_t total = 0;
    for (size_t i = 0; i < k->v->rows;) {
        struct outcome out;
        struct fail f = {0};
        size_t to = i + 1;
        if (blank(&k->v->row[i])) {
            i++;
            continue;
        }
        while (to < k->v->rows && !k->v->row[to].who.n && !blank(&k->v->row[to]))
            to++;
        if (desk_gives(k->r, "submit", actor_of(k->r)->unit, (struct id){{0}}, 0, payload(k, i, to), str_printf(k->o->arena, " %zu", i + 1).p, &out, &f))
            refused(k, i, &f);
        else {
            const struct dossier *d = out.state;
            k->v->row[i].url = desk_url(k->o->arena, d->code, "");
            k->v->row[i].register_no = register_number(k, d->code);
            for (size_t j = i; j < to; j++) {
                k->v->row[j].done = true;
                total += k->dong[j];
            }
            k->v->done = true;
        }
        i = to;
    }
    k->v->total = page_money(k->o, total);
}

/* After the book was written: what is left moves up, and free rows follow. */
static void room_for_more(struct desk *k)
{
    size_t left = 0;
    for (size_t i = 0; i < k->v->rows; i++)
        left += !k->v->row[i].done && !blank(&k->v->row[i]);
    size_t want = k->v->rows + CERTIFY_ROWS_FIRST;
    if (!left && k->v->rows < CERTIFY_ROWS_MAX)
        k->v->rows = want > CERTIFY_ROWS_MAX ? CERTIFY_ROWS_MAX : want;
}

static enum http_result show(struct desk *k, int status)
{
    k->v->errors = (struct form_errors){k->error, k->errors};
    if (!k->v->key.n)
        k->v->key = page_key(k->o);
    site_begin(k->r, k->o, TR(k->o, "Bàn chứng thực bản sao"), STR(""), k->errors > 0);
    certify_page(k->o, k->v);
    site_end(k->o);
    return page_end(k->r, status, k->o);
}

enum http_result certify_form(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    if (!clerk_here(r))
        return page_refuse_code(r, ERR_FORBIDDEN, "rights.role");
    page_begin(r, &o, &b);
    struct desk *k = ARENA_NEW(o.arena, struct desk);
    begin(k, r, &o);
    return show(k, 200);
}

enum http_result certify(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct fail f = {0};
    if (!clerk_here(r))
        return session_over(r);
    page_begin(r, &o, &b);
    struct desk *k = ARENA_NEW(o.arena, struct desk);
    begin(k, r, &o);
    read_rows(k);
    bool write = str_is(form_text(r, "viec", 10), "ghi"), good = form_good(r, &f);
    check_rows(k);
    if (!write)
        k->errors = 0; /* only counting: what is empty is not wrong yet */
    if (!good)
        refused(k, 0, &f);
    size_t any = 0;
    for (size_t i = 0; i < k->v->rows; i++)
        any += !blank(&k->v->row[i]);
    if (write && !any)
        complain(k, k->v->row[0].name[0], TR_LATER("Nhập tên người yêu cầu."));
    if (write && good && !k->errors) {
        write_book(k);
        room_for_more(k);
    } else
        k->v->key = form_text(r, "key", 64);
    return show(k, k->errors ? 422 : 200);
}
