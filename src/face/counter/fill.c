/* What follows from what was typed: a person from a scanned line, a procedure from two letters, papers from a procedure, places and units from words. */
#include "base/vn.h"
#include "face/counter/citizen_line.h"
#include "face/counter/counter_private.h"
#include <stdio.h>

enum { INITIALS_MAX = 6, INITIALS_SHOWN = 4 };

/* --- days --- */

struct str day_typed(struct request *r, struct str s)
{
    struct arena *a = request_arena(r);
    struct str part[3], rest = s;
    int64_t v[3], day;
    size_t n = 0;
    if (date_parse(s, &day) || !s.n)
        return s;
    if (str_all_digits(s) && (s.n == 8 || s.n == 6)) {
        part[n++] = str_sub(s, 0, 2);
        part[n++] = str_sub(s, 2, 2);
        part[n++] = str_sub(s, 4, s.n);
    } else
        for (char sep = str_find_char(s, '/') >= 0 ? '/' : str_find_char(s, '-') >= 0 ? '-' : str_find_char(s, '.') >= 0 ? '.' : ' '; n < 3 && str_next(&rest, sep, &part[n]);)
            n++;
    for (size_t i = 0; i < 3; i++)
        if (n != 3 || !str_to_i64(part[i], &v[i]) || v[i] < 0 || v[i] > 9999)
            return s;
    if (v[2] < 100)
        v[2] += 2000 + v[2] > time_civil(request_now_ms(r)).year + 1 ? 1900 : 2000;
    struct str iso = str_printf(a, "%04d-%02d-%02d", (int)v[2], (int)v[1], (int)v[0]);
    return date_parse(iso, &day) ? iso : s; /* an impossible one stays as it was typed */
}

struct str day_shown(struct page *o, struct str iso)
{
    int64_t day;
    return date_parse(iso, &day) ? page_date_of_day(o, day) : iso;
}

/* --- the person --- */

/* "…, Phường Bình Đức, Tỉnh An Giang": the commune, where the address says so beyond doubt. */
static struct str commune_of_address(struct request *r, struct str address, int64_t day)
{
    const struct org *org = rules_of(r)->org;
    struct arena *a = request_arena(r);
    struct str part[12], rest = address;
    size_t n = 0;
    while (n < ARRAY_LEN(part) && str_next(&rest, ',', &part[n]))
        n++;
    if (n < 2)
        return STR("");
    struct territory_page province = territory_list(org, a, day, STR("VN"), str_trim(part[n - 1]), STR(""), 2);
    if (province.n != 1)
        return STR("");
    struct territory_page commune = territory_list(org, a, day, province.items[0]->code, str_trim(part[n - 2]), STR(""), 2);
    return commune.n == 1 && commune.items[0]->level == LEVEL_COMMUNE ? commune.items[0]->code : STR("");
}

static void from_number(struct intake *k)
{
    if (k->number.n == 12 && str_all_digits(k->number) && !k->sex.n)
        k->sex = (k->number.p[3] - '0') % 2 ? STR("female") : STR("male");
}

void fill_from_scan(struct request *r, struct page *o, struct intake *k)
{
    struct arena *a = request_arena(r);
    struct citizen_line l;
    int64_t day = time_local_day(request_now_ms(r));
    struct str s = k->scan, neat;
    if (s.n && citizen_line_read(a, s, &l)) {
        k->number = l.number;
        k->name = l.name;
        k->birth = l.birth;
        k->sex = l.sex;
        k->address = l.address;
        k->place = commune_of_address(r, l.address, day);
        k->doubtful = l.doubtful;
        k->scan = STR("");
        if (l.doubtful)
            intake_complain(o, k, "ten", TR_LATER("Máy quét đọc tên bị sai dấu. Hãy so với thẻ và nhập lại họ tên."));
    } else if (s.n && s.p[0] >= '0' && s.p[0] <= '9') {
        k->number = s;
        k->scan = STR("");
    } else if (s.n && s.n <= 200 && str_find_char(s, '|') < 0) {
        k->name = s;
        k->scan = STR("");
    } else if (s.n)
        intake_complain(o, k, "quet", TR_LATER("Không đọc được dòng này. Quét lại thẻ, hoặc nhập số định danh hay họ tên."));
    from_number(k);
    if (k->name.n && !k->doubtful && !vn_name(a, k->name, &neat))
        k->name = neat;
    k->birth = day_shown(o, day_typed(r, k->birth));
    k->o_birth = day_shown(o, day_typed(r, k->o_birth));
    k->due = day_shown(o, day_typed(r, k->due));
}

/* --- the procedure --- */

static struct str choice_of(struct request *r, const struct procedure *p) { return str_printf(request_arena(r), "%.*s|%.*s", PRS(p->code), PRS(p->agency)); }

static void add_pick(struct request *r, struct intake *k, const struct procedure *p)
{
    struct str value = choice_of(r, p);
    for (size_t i = 0; i < k->picks; i++)
        if (str_eq(k->pick[i].value, value))
            return;
    if (k->picks < PICKS_MAX)
        k->pick[k->picks++] = (struct pick){value, p->name, p->code};
}

static struct str province_here(struct request *r) { return unit_province(rules_of(r)->org, actor_of(r)->unit); }

static struct catalog_page search_catalog(struct request *r, struct str q, size_t limit)
{
    struct catalog_page page = {0};
    struct fail f = {0};
    if (catalog_search(rules_of(r)->catalog, request_arena(r), &(struct catalog_query){.q = q, .province = province_here(r), .day = time_local_day(request_now_ms(r)),
                       .receivable_only = true, .limit = limit}, &page, &f))
        page.n = page.total = 0;
    return page;
}

/* "thu tuc dang ky khai sinh" → "ks". */
static bool has_initials(const struct procedure *p, struct str typed)
{
    struct str rest = p->folded, word;
    static const char *const before[] = {"thu tuc ", "dang ky ", "cap "};
    for (size_t i = 0; i < ARRAY_LEN(before); i++)
        if (str_has_prefix(rest, str_of(before[i])))
            rest = str_sub(rest, strlen(before[i]), rest.n);
    for (size_t i = 0; i < typed.n; i++)
        if (!str_next(&rest, ' ', &word) || !word.n || word.p[0] != typed.p[i])
            return false;
    return true;
}

/* By initials: what this desk receives comes first, and is what was meant; then the most used in the country. *sure_r: there is no doubt. */
static void by_initials(struct request *r, struct intake *k, struct str folded, bool *sure_r)
{
    const struct catalog *c = rules_of(r)->catalog;
    const struct procedure *p, *best[INITIALS_SHOWN] = {NULL};
    struct desk_use use[PICKS_MAX];
    size_t n = 0, found = 0, candidates;
    int64_t day = time_local_day(request_now_ms(r));
    if (folded.n < 2 || folded.n > INITIALS_MAX || str_find_char(folded, ' ') >= 0)
        return;
    if (desk_most_used(db_of(r), request_arena(r), actor_of(r)->unit, request_now_ms(r) - MOST_USED_DAYS * (int64_t)MS_DAY, use, PICKS_MAX, &n))
        n = 0;
    for (size_t i = 0; i < n; i++)
        if ((p = procedure_find(c, use[i].procedure, use[i].agency, day, &candidates)) && has_initials(p, folded))
            add_pick(r, k, p);
    *sure_r = k->picks > 0;
    for (size_t i = 0; (p = catalog_nth(c, i, day)); i++) {
        if (!has_initials(p, folded) || procedure_receivable(c, p, province_here(r), day) != RECEIVABLE)
            continue;
        size_t at = found < INITIALS_SHOWN ? found++ : INITIALS_SHOWN;
        for (; at > 0 && best[at - 1]->weight < p->weight; at--)
            if (at < INITIALS_SHOWN)
                best[at] = best[at - 1];
        if (at < INITIALS_SHOWN)
            best[at] = p;
    }
    for (size_t i = 0; i < found; i++)
        add_pick(r, k, best[i]);
    *sure_r |= found == 1;
}

static void search(struct request *r, struct intake *k, struct str q, bool *sure_r)
{
    struct str folded = vn_fold(request_arena(r), q);
    struct catalog_page page = search_catalog(r, q, PICKS_MAX);
    bool named = page.n && (page.hits[0].match <= MATCH_EVERYDAY || page.total == 1);
    if (!named)
        by_initials(r, k, folded, &named);
    for (size_t i = 0; i < page.n; i++)
        add_pick(r, k, page.hits[i].p);
    *sure_r = named && k->picks > 0;
}

static void most_used(struct request *r, struct intake *k)
{
    struct desk_use use[PICKS_MAX];
    size_t n = 0, candidates;
    int64_t day = time_local_day(request_now_ms(r));
    if (desk_most_used(db_of(r), request_arena(r), actor_of(r)->unit, request_now_ms(r) - MOST_USED_DAYS * (int64_t)MS_DAY, use, PICKS_MAX, &n))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct procedure *p = procedure_find(rules_of(r)->catalog, use[i].procedure, use[i].agency, day, &candidates);
        if (p)
            add_pick(r, k, p);
    }
    struct catalog_page page = search_catalog(r, STR(""), PICKS_MAX);
    for (size_t i = 0; i < page.n; i++)
        add_pick(r, k, page.hits[i].p);
    k->most_used = true;
}

static void choose(struct intake *k, struct str value)
{
    ptrdiff_t bar = str_find_char(value, '|');
    k->code = bar < 0 ? value : str_sub(value, 0, (size_t)bar);
    k->agency = bar < 0 ? STR("") : str_sub(value, (size_t)bar + 1, value.n);
    k->variant = k->quick = STR("");
    for (size_t i = 0; i < PAPERS_MAX; i++)
        k->paper[i] = (struct paper_row){.count = STR("")};
}

static bool is_birth(struct request *r, struct str code)
{
    struct str list, one;
    struct fail f = {0};
    if (parameter_str(rules_of(r)->parameters, "birth_procedures", time_local_day(request_now_ms(r)), &list, &f))
        return false;
    while (str_next(&list, ',', &one))
        if (str_eq(str_trim(one), code))
            return true;
    return false;
}

void fill_procedure(struct request *r, struct intake *k)
{
    struct str chosen = form_text(r, "chon", 300), before = k->code;
    bool sure = false;
    size_t candidates;
    if (chosen.n)
        choose(k, chosen);
    else if (k->ask.n == 1 && k->ask.p[0] >= '1' && k->ask.p[0] <= '9') { /* the number of a line of the list that stood there */
        size_t at = (size_t)(k->ask.p[0] - '1');
        if (k->asked.n)
            search(r, k, k->asked, &sure);
        else
            most_used(r, k);
        if (at < k->picks)
            choose(k, k->pick[at].value);
    } else if (k->ask.n) {
        search(r, k, k->ask, &sure);
        k->asked = k->ask;
        if (sure)
            choose(k, k->pick[0].value);
    } else if (k->asked.n && k->code.n)
        search(r, k, k->asked, &sure);
    if (k->code.n)
        k->ask = STR("");
    else if (!k->picks)
        most_used(r, k);
    if (!k->code.n)
        return;
    k->p = procedure_find(rules_of(r)->catalog, k->code, k->agency, time_local_day(request_now_ms(r)), &candidates);
    if (!str_eq(before, k->code) && is_birth(r, k->code))
        k->owner = STR("tre");
    else if (!str_eq(before, k->code) && str_is(k->owner, "tre"))
        k->owner = STR("chinh");
}

/* --- papers --- */

/* "1g 2s 3t": the papers' numbers on the screen, each with g (bản chính, gốc), s (bản sao), q (quét), t (thiếu), x (none of them). */
static void apply_quick(struct page *o, struct intake *k)
{
    struct str q = k->quick;
    size_t i = 0;
    bool wrong = false;
    while (i < q.n && !wrong) {
        size_t no = 0;
        char how;
        while (i < q.n && (q.p[i] == ' ' || q.p[i] == ','))
            i++;
        if (i == q.n)
            break;
        size_t from = i;
        for (; i < q.n && q.p[i] >= '0' && q.p[i] <= '9' && no < 1000; i++)
            no = no * 10 + (size_t)(q.p[i] - '0');
        how = i < q.n && q.p[i] != ' ' && q.p[i] != ',' ? q.p[i++] : 'g';
        const char *at = strchr("gcsbqtx", how | 0x20);
        if (i == from || no < 1 || no > k->papers || !at)
            wrong = true;
        else
            k->paper[no - 1].have = (enum paper_have[]){PAPER_ORIGINAL, PAPER_ORIGINAL, PAPER_COPY, PAPER_COPY, PAPER_SCAN, PAPER_MISSING, PAPER_UNSAID}[at - "gcsbqtx"];
    }
    if (wrong)
        intake_complain(o, k, "giay-to", TR_LATER("Gõ số thứ tự giấy tờ trong bảng và một chữ: g bản chính, s bản sao, q quét, t thiếu. Ví dụ: 1g 2s 3t."));
    else
        k->quick = STR("");
}

void fill_papers(struct request *r, struct page *o, struct intake *k)
{
    const struct rules *rules = rules_of(r);
    int64_t day = time_local_day(request_now_ms(r));
    struct component *list = NULL;
    struct paper_row said[PAPERS_MAX];
    size_t n = 0;
    if (!k->p || procedure_components(request_arena(r), k->p, &list, &n))
        return;
    memcpy(said, k->paper, sizeof said);
    k->variant_n = procedure_variants(rules->catalog, k->p, day, k->variants, VARIANTS_MAX);
    const struct variant *v = k->variant.n ? variant_find(rules->catalog, k->p, k->variant, day) : NULL;
    for (size_t i = 0; i < n && i < PAPERS_MAX; i++) {
        const struct component *c = &list[i];
        if (v && !variant_needs(rules->catalog, k->p, v, day, c, i + 1))
            continue;
        if (c->originals == 0 && c->copies == 0 && !(c->required_known && c->required)) /* a remark in the list of papers */
            k->remark[k->remarks++] = c->name;
        else
            k->paper[k->papers++] = (struct paper_row){i + 1, c->name, c->originals, c->copies, said[i].have, said[i].count};
    }
    if (!k->papers) { /* then they are all that is known */
        k->remarks = 0;
        for (size_t i = 0; i < n && i < PAPERS_MAX; i++)
            k->paper[k->papers++] = (struct paper_row){i + 1, list[i].name, list[i].originals, list[i].copies, said[i].have, said[i].count};
    }
    if (k->quick.n)
        apply_quick(o, k);
}

/* --- places and units --- */

static struct str code_typed(struct str s)
{
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || (n && (s.p[n] == '.' || (s.p[n] >= 'A' && s.p[n] <= 'Z')))))
        n++;
    return n == s.n || s.p[n] == ' ' ? str_sub(s, 0, n) : STR("");
}

/* A commune by code or by words within the province, then anywhere; shown back as "30292 Phường Bình Đức". */
static void one_place(struct request *r, struct page *o, struct intake *k, struct str *text, struct str *code_r, const char *field, bool offer)
{
    const struct org *org = rules_of(r)->org;
    struct arena *a = request_arena(r);
    int64_t day = time_local_day(request_now_ms(r));
    const struct territory *t = NULL;
    if (!text->n)
        return;
    struct str code = code_typed(*text);
    if (code.n)
        t = territory_on(org, code, day);
    if (!t) {
        struct territory_page page = territory_list(org, a, day, province_here(r), *text, STR(""), PLACES_MAX);
        if (!page.n)
            page = territory_list(org, a, day, STR(""), *text, STR(""), PLACES_MAX);
        t = page.n == 1 ? page.items[0] : NULL;
        for (size_t i = 0; i < page.n && page.n > 1 && offer; i++)
            k->place_pick[k->place_picks++] = (struct pick){page.items[i]->code, territory_path(org, a, page.items[i]->code, day), STR("")};
    }
    if (!t) {
        intake_complain(o, k, field, TR_LATER("Chưa rõ xã, phường nào. Nhập tên đầy đủ hoặc chọn trong danh sách bên dưới."));
        return;
    }
    *code_r = t->code;
    *text = str_printf(a, "%.*s %.*s", PRS(t->code), PRS(t->name));
}

static void one_unit(struct request *r, struct page *o, struct intake *k)
{
    const struct org *org = rules_of(r)->org;
    struct arena *a = request_arena(r);
    if (!k->unit.n)
        return;
    struct str code = code_typed(k->unit);
    const struct unit *u = code.n ? unit_find(org, code) : NULL;
    if (!u) {
        struct unit_page page = unit_list(org, a, province_here(r), k->unit, STR(""), PLACES_MAX);
        u = page.n == 1 ? page.items[0] : NULL;
        for (size_t i = 0; i < page.n && page.n > 1; i++)
            k->unit_pick[k->unit_picks++] = (struct pick){page.items[i]->code, page.items[i]->name, STR("")};
    }
    if (u)
        k->unit = str_printf(a, "%.*s %.*s", PRS(u->code), PRS(u->name));
    else
        intake_complain(o, k, "co-quan", TR_LATER("Chưa rõ cơ quan nào. Nhập tên đầy đủ hoặc chọn trong danh sách bên dưới."));
}

void fill_places(struct request *r, struct page *o, struct intake *k)
{
    struct str chosen = form_text(r, "chon-noi-o", 10), unit = form_text(r, "chon-co-quan", 60);
    if (chosen.n)
        k->place = chosen;
    if (unit.n)
        k->unit = unit;
    one_place(r, o, k, &k->place, &k->place_code, "noi-o", true);
    one_place(r, o, k, &k->o_place, &k->owner_code, "chu-noi-o", false);
    one_unit(r, o, k);
}
