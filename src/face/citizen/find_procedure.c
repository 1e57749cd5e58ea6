/* GET /thu-tuc/{code}: one procedure at a glance. The page is the same for everybody who is not signed in, so it is kept, packed, for the day and
 * the generation of rules, and sent on the I/O thread (face/api/kept.h); what is not kept is made by a worker. */
#include "face/citizen/find_procedure.h"
#include "face/api/api.h"
#include "face/api/kept.h"
#include "face/citizen/find_procedure.html.h"

enum { AGENCIES_MAX = 40, MANY_PAPERS = 14, LEAD_MIN = 12, LEAD_WHOLE = 110, TITLE_MAX = 320, GLANCE_MAX = 140 };

/* --- papers --- */

static struct str cut_at_word(struct arena *a, struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    size_t n = max;
    while (n > max / 2 && s.p[n] != ' ')
        n--;
    return str_printf(a, "%.*s …", (int)n, s.p);
}

/* The sources put the paper and its exceptions into one sentence: what stands before the first stop is the paper. */
static void name_divided(struct str name, struct paper *k)
{
    name = str_trim(name);
    while (name.n && name.p[name.n - 1] == ';')
        name.n--;
    while (name.n && (name.p[0] == '-' || name.p[0] == '+' || name.p[0] == '*'))
        name = str_trim(str_sub(name, 1, name.n));
    size_t at = name.n;
    for (size_t i = LEAD_MIN; name.n > LEAD_WHOLE && i + 1 < name.n && at == name.n; i++)
        if (name.p[i] == ';' || name.p[i] == '(' || ((name.p[i] == '.' || name.p[i] == ':') && name.p[i + 1] == ' '))
            at = i;
    k->lead = str_trim(str_sub(name, 0, at));
    k->rest = str_trim(str_sub(name, at, name.n));
    if (k->rest.n && k->rest.p[0] != '(')
        k->rest = str_trim(str_sub(k->rest, 1, k->rest.n));
}

static struct str count_words(struct page *o, const struct component *c)
{
    struct str originals = page_number_text(o, c->originals), copies = page_number_text(o, c->copies);
    if (c->originals > 0 && c->copies > 0)
        return TRF(o, "%1 bản chính, %2 bản sao", originals, copies);
    return c->originals > 0 ? TRF(o, "%1 bản chính", originals) : c->copies > 0 ? TRF(o, "%1 bản sao", copies) : STR("");
}

/* Needed only where something is so: the sources mark it by how the sentence begins, or goes on. */
static bool is_conditional(struct str name)
{
    static const char *const begins[] = {"Trường hợp", "Trong trường hợp", "Đối với", "Nếu "};
    ptrdiff_t stop = str_find(name, STR(". "));
    struct str first = stop < 0 ? name : str_sub(name, 0, (size_t)stop);
    bool so = str_find(first, STR("trong trường hợp")) >= 0;
    for (size_t i = 0; i < ARRAY_LEN(begins) && !so; i++)
        so = str_has_prefix(name, str_of(begins[i]));
    return so;
}

static struct paper paper_of(struct page *o, const struct component *c, bool counted)
{
    struct paper k = {.count = count_words(o, c)};
    name_divided(c->name, &k);
    k.perhaps = (counted && c->originals == 0 && c->copies == 0) || is_conditional(k.lead) || is_conditional(c->name);
    return k;
}

/* What everybody needs stands first; where nothing is of that kind all is shown alike. */
static void sort_out(struct paper_group *g, struct paper *item)
{
    size_t sure = 0;
    for (size_t i = 0; i < g->n; i++)
        if (!item[i].perhaps) {
            struct paper k = item[i];
            memmove(&item[sure + 1], &item[sure], (i - sure) * sizeof *item);
            item[sure++] = k;
        }
    g->sure = sure ? sure : g->n;
}

/* Some lists count their papers, and give 0 and 0 to what is only said; others count nothing. */
static bool list_counts(const struct component *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].originals > 0 || list[i].copies > 0)
            return true;
    return false;
}

/* Lists of the source hold remarks among the papers. */
static bool is_note(const struct component *c)
{
    struct str s = c->name;
    while (s.n && (s.p[0] == '*' || s.p[0] == '-' || s.p[0] == ' '))
        s = str_sub(s, 1, s.n);
    return str_has_prefix(c->variant, STR("Lưu ý")) || str_has_prefix(s, STR("Lưu ý"));
}

/* The first of several results, for the glance. */
static struct str first_of(struct arena *a, struct str list)
{
    struct str one;
    if (!list.n || !str_next(&list, ';', &one))
        return STR("");
    for (one = str_trim(one); one.n && (one.p[0] == '-' || one.p[0] == '+' || one.p[0] == ' ');)
        one = str_sub(one, 1, one.n);
    ptrdiff_t stop = str_find(one, STR(". "));
    return cut_at_word(a, stop < 0 ? one : str_sub(one, 0, (size_t)stop), GLANCE_MAX);
}

static void group_variants(struct page *o, const struct rules *rules, struct procedure_model *m, const struct component *list, size_t n,
                           const struct variant **v, size_t variants)
{
    int64_t day = time_local_day(o->now);
    struct paper_group *g = ARENA_ARRAY(o->arena, struct paper_group, variants);
    for (size_t i = 0; i < variants; i++) {
        struct paper *item = ARENA_ARRAY(o->arena, struct paper, n + 1);
        g[i] = (struct paper_group){.title = v[i]->name, .item = item};
        for (size_t k = 0; k < n; k++)
            if (!is_note(&list[k]) && variant_needs(rules->catalog, m->p, v[i], day, &list[k], k + 1))
                item[g[i].n++] = paper_of(o, &list[k], list_counts(list, n));
        sort_out(&g[i], item);
        if (v[i]->has_limit)
            g[i].time = limit_words(o, v[i]->limit);
        if (v[i]->fees.n) {
            struct procedure own = *m->p;
            own.fees = v[i]->fees;
            own.fees_curated = true;
            g[i].fee = fee_summary(o, &own);
        }
    }
    m->group = g;
    m->groups = variants;
    m->cases = true;
}

static void group_parts(struct page *o, struct procedure_model *m, const struct component *list, size_t n)
{
    struct paper_group *g = ARENA_ARRAY(o->arena, struct paper_group, n + 1);
    struct paper **item = ARENA_ARRAY(o->arena, struct paper *, n + 1);
    for (size_t k = 0; k < n; k++) {
        size_t i = 0;
        if (is_note(&list[k]))
            continue;
        while (i < m->groups && !str_eq(g[i].title, list[k].variant))
            i++;
        if (i == m->groups) {
            item[i] = ARENA_ARRAY(o->arena, struct paper, n - k);
            g[m->groups++] = (struct paper_group){.title = list[k].variant, .item = item[i]};
        }
        item[i][g[i].n++] = paper_of(o, &list[k], list_counts(list, n));
        m->papers++;
    }
    for (size_t i = 0; i < m->groups; i++) {
        if (i && !g[i].title.n) { /* what belongs to no part stands first, without a heading */
            struct paper_group first = g[i];
            struct paper *its = item[i];
            memmove(&g[1], &g[0], i * sizeof *g);
            memmove(&item[1], &item[0], i * sizeof *item);
            g[0] = first;
            item[0] = its;
        }
    }
    for (size_t i = 0; i < m->groups; i++) {
        sort_out(&g[i], item[i]);
        g[i].whole = g[i].title.n > TITLE_MAX ? g[i].title : STR("");
        g[i].title = cut_at_word(o->arena, g[i].title, TITLE_MAX);
    }
    m->group = g;
    m->fold = m->groups > 1 && m->papers > MANY_PAPERS;
}

static enum err papers_of(struct page *o, const struct rules *rules, struct procedure_model *m)
{
    struct component *list;
    size_t n;
    const struct variant *v[VARIANTS_MAX];
    enum err e = procedure_components(o->arena, m->p, &list, &n);
    if (e)
        return e;
    size_t variants = procedure_variants(rules->catalog, m->p, time_local_day(o->now), v, VARIANTS_MAX);
    if (variants)
        group_variants(o, rules, m, list, n, v, variants < VARIANTS_MAX ? variants : VARIANTS_MAX);
    else
        group_parts(o, m, list, n);
    struct paper *note = ARENA_ARRAY(o->arena, struct paper, n + 1);
    for (size_t k = 0; k < n; k++)
        if (is_note(&list[k]))
            note[m->notes++] = (struct paper){.lead = list[k].name};
    m->note = note;
    return ERR_OK;
}

/* --- fees --- */

static struct str fees_line(struct page *o, const struct procedure *p, enum channel c)
{
    struct fee fee[FEES_MAX];
    struct buf b _buf_ = BUF_MAX(8192);
    size_t n = fees_of(p, c, fee);
    for (size_t i = 0; i < n; i++) {
        struct str kind = fee[i].kind == FEE_FEE ? TR(o, "Phí") : TR(o, "Lệ phí"), words = fee_words(o, &fee[i]);
        buf_printf(&b, "%s%.*s: %.*s", b.n ? "; " : "", PRS(kind), PRS(words));
    }
    return str_dup(o->arena, buf_view(&b));
}

static void fee_lines_of(struct page *o, struct procedure_model *m)
{
    struct str counter = fees_line(o, m->p, CHANNEL_COUNTER), online = fees_line(o, m->p, CHANNEL_ONLINE), post = fees_line(o, m->p, CHANNEL_POST);
    if (counter.n && (str_eq(counter, online) || !online.n) && (str_eq(counter, post) || !post.n)) {
        m->fee_line[m->fee_lines++] = (struct fee_line){STR(""), counter};
        return;
    }
    if (counter.n)
        m->fee_line[m->fee_lines++] = (struct fee_line){str_eq(counter, post) ? TR(o, "Nộp tại quầy hoặc gửi bưu điện") : TR(o, "Nộp tại quầy"), counter};
    if (online.n)
        m->fee_line[m->fee_lines++] = (struct fee_line){TR(o, "Nộp trên mạng"), online};
    if (post.n && !str_eq(counter, post))
        m->fee_line[m->fee_lines++] = (struct fee_line){TR(o, "Gửi bưu điện"), post};
}

/* --- the rest of the record --- */

static size_t texts_of(struct arena *a, const json_t *list, const struct str **out_r)
{
    size_t n = json_array_size(list), kept = 0;
    struct str *out = ARENA_ARRAY(a, struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct str s = str_of(json_string_value(json_array_get(list, i)));
        if (s.n)
            out[kept++] = s;
    }
    *out_r = out;
    return kept;
}

static enum err record_of(struct page *o, struct procedure_model *m)
{
    struct str text;
    enum err e = procedure_detail(o->arena, m->p, &text);
    if (e || !text.n)
        return e;
    json_t *detail = json_loadb(text.p, text.n, 0, NULL);
    if (!detail)
        return ERR_CORRUPT;
    arena_json(o->arena, detail);
    m->legal_n = texts_of(o->arena, json_object_get(detail, "legal"), &m->legal);
    m->audience_n = texts_of(o->arena, json_object_get(detail, "audience"), &m->audience);
    struct str competent = str_of(json_string_value(json_object_get(detail, "competent")));
    if (!m->who.n)
        m->who = competent;
    return ERR_OK;
}

enum err procedure_model_of(struct page *o, const struct rules *rules, const struct procedure *p, struct procedure_model *m)
{
    enum receivable can = procedure_receivable(rules->catalog, p, rules->province, time_local_day(o->now));
    struct str everyday = everyday_name(o, p->code);
    everyday = str_eq(everyday, p->name) ? STR("") : everyday;
    *m = (struct procedure_model){.p = p, .name = everyday.n ? everyday : p->name, .official = everyday.n ? p->name : STR(""), .who = p->executing,
                                  .result = first_of(o->arena, p->result)};
    m->time = time_words(o, p);
    int64_t working = calendar_add_working_days(rules->calendar, STR(""), time_local_day(o->now), 0);
    m->today = working == CALENDAR_NONE ? STR("") : day_words(o, working);
    m->due = m->today.n ? track_due_words(o, rules, p, working) : STR("");
    m->fee = fee_summary(o, p);
    m->where = reach_words(o, p->reach);
    m->levels = level_words(o, p->levels);
    m->refused = not_receivable_words(o, rules->catalog, can);
    struct buf b _buf_ = BUF_MAX(4096);
    struct page part = {.out = &b, .arena = o->arena};
    if (can_start_online(p, can)) {
        buf_c(&b, "/nop?thu-tuc=");
        page_part(&part, p->code);
        if (procedure_agencies(rules->catalog, p->code, NULL, 0) > 1) {
            buf_c(&b, "&agency=");
            page_part(&part, p->agency);
        }
        m->start_url = str_dup(o->arena, buf_view(&b));
    }
    fee_lines_of(o, m);
    enum err e = papers_of(o, rules, m);
    return e ? e : record_of(o, m);
}

/* --- the page --- */

static struct kept_key key_of(struct request *r, const struct rules *rules, struct str code, struct str agency)
{
    return (struct kept_key){rules->number, time_local_day(request_now_ms(r)),
                             str_printf(request_arena(r), "thu-tuc %d\n%.*s\n%.*s", page_language(r), PRS(code), PRS(agency)), "text/html; charset=utf-8"};
}

static bool sent_from_memory(struct request *r, const struct kept_key *key)
{
    struct str next;
    if (!page_for_anybody(r) || !kept_send(api_kept(r), r, key, &next))
        return false;
    respond_header(r, "Content-Language", page_language(r) == LANGUAGE_EN ? STR("en") : STR("vi"));
    return true;
}

static enum http_result choose_agency(struct request *r, struct str code)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct str agency[AGENCIES_MAX];
    const struct rules *rules = rules_of(r);
    size_t n = procedure_agencies(rules->catalog, code, agency, AGENCIES_MAX), candidates;
    n = n < AGENCIES_MAX ? n : AGENCIES_MAX;
    page_begin(r, &o, &b);
    const struct procedure **p = ARENA_ARRAY(o.arena, const struct procedure *, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = procedure_find(rules->catalog, code, agency[i], time_local_day(o.now), &candidates);
    site_begin(r, &o, TR(&o, "Chọn cơ quan giải quyết"), STR("/thu-tuc"), false);
    agency_page(&o, code, p, n);
    site_end(&o);
    return page_end(r, 200, &o);
}

/* The longest lists are 90 KB of words: packed well, a third less goes over the line than packed fast. */
static enum http_result send_packed(struct request *r, struct page *o)
{
    struct str plain = str_dup(o->arena, buf_view(o->out));
    respond_header(r, "Content-Language", o->lang == LANGUAGE_EN ? STR("en") : STR("vi"));
    respond_kept(r, &(struct http_kept){.type = "text/html; charset=utf-8", .plain = plain, .gzip = http_gzip(o->arena, plain)});
    return HTTP_DONE;
}

static enum http_result show(struct request *r, const struct rules *rules, const struct procedure *p, struct str agency, const struct kept_key *key)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct procedure_model m;
    page_begin(r, &o, &b);
    struct buf path _buf_ = BUF_MAX(4096); /* without what others hang on to addresses: the page is kept */
    struct page part = {.out = &path, .arena = o.arena};
    buf_c(&path, "/thu-tuc/");
    page_part(&part, p->code);
    if (agency.n) {
        buf_c(&path, "?agency=");
        page_part(&part, agency);
    }
    o.path = str_dup(o.arena, buf_view(&path));
    if (procedure_model_of(&o, rules, p, &m))
        return page_refuse_code(r, ERR_CORRUPT, "store.unavailable");
    site_begin(r, &o, m.name, STR("/thu-tuc"), false);
    procedure_view_page(&o, &m);
    site_end(&o);
    if (b.overflow)
        return page_refuse_code(r, ERR_INTERNAL, "answer.too-large");
    if (page_for_anybody(r))
        kept_offer(api_kept(r), r, key, buf_view(&b), STR_NONE);
    return send_packed(r, &o);
}

enum http_result procedure_page(struct request *r)
{
    const struct rules *rules = rules_of(r);
    struct str code = request_path_param(r, "code"), agency = query_typed(r, "agency");
    struct kept_key key = key_of(r, rules, code, agency);
    size_t candidates = 0;
    if (sent_from_memory(r, &key))
        return HTTP_DONE;
    if (!request_worker(r))
        return HTTP_CONTINUE;
    const struct procedure *p = procedure_find(rules->catalog, code, agency, time_local_day(request_now_ms(r)), &candidates);
    if (p)
        return show(r, rules, p, agency, &key);
    return procedure_agencies(rules->catalog, code, NULL, 0) > 1 ? choose_agency(r, code) : page_refuse_code(r, ERR_NOT_FOUND, "procedure.unknown");
}
