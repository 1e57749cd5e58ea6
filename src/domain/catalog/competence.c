/* Which unit decides: the rows of competence.tsv against the executing agency as the catalogue names it.
 *
 * The source writes "Công an cấp Xã, Công an tỉnh" or "Sở Văn hóa, Thể thao và Du lịch tỉnh Bắc Ninh" in one cell. It is taken apart
 * where a comma or semicolon precedes a capital letter, but a pattern of the table may run over such a break. Each part is matched by
 * the longest pattern that it begins with. One unit from all parts: that is the answer. Two units, a part that no row knows, or an
 * authority outside province and commune: the clerk chooses among the candidates. The law is in the table, none of it here. */
#include "catalog_private.h"
#include "base/dataset.h"
#include "base/vn.h"
#include <stdio.h>
#include <stdlib.h>

/* --- The table ---------------------------------------------------------------------------------------------------------------- */

static size_t count_words(struct str folded)
{
    size_t n = folded.n > 0;
    for (size_t i = 0; i < folded.n; i++)
        n += folded.p[i] == ' ';
    return n;
}

static bool by_parse(struct str s, struct rule *r)
{
    struct str piece;
    while (s.n && str_next(&s, ',', &piece)) {
        enum competence_by by = str_is(piece, "object") ? BY_OBJECT : str_is(piece, "owner") ? BY_OWNER
                              : str_is(piece, "receiving") ? BY_RECEIVING : BY_NOTHING;
        if (!by || r->n_by == ARRAY_LEN(r->by))
            return false;
        r->by[r->n_by++] = by;
    }
    return true;
}

static bool place_parse(struct str s, enum place *place_r)
{
    *place_r = str_is(s, "commune") ? PLACE_COMMUNE : str_is(s, "province") ? PLACE_PROVINCE : PLACE_CENTRAL;
    return *place_r != PLACE_CENTRAL || str_is(s, "central");
}

bool competence_words_valid(struct str place, struct str by)
{
    enum place p;
    struct rule r = {0};
    return place_parse(place, &p) && p != PLACE_CENTRAL && by_parse(by, &r) && r.n_by > 0;
}

/* Later decisions stand before the table, the last one first: the first row that fits is the answer. */
static void amendments_first(struct catalog *c, const struct catalog_input *in)
{
    for (size_t i = in->amendments; i-- > 0;) {
        const struct catalog_amendment *m = &in->amendment[i];
        struct rule r = {.id = str_printf(c->a, "amended-%lld", (long long)m->seq), .pattern = m->code, .organ = m->organ, .legal_basis = m->legal_basis,
                         .confidence = STR("cao"), .match = RULE_CODE, .valid_from = m->valid_from, .valid_to = m->valid_to};
        if (m->place.n && place_parse(m->place, &r.place) && by_parse(m->by, &r) && r.n_by)
            c->rule[c->rules++] = r;
    }
}

bool competence_load(struct catalog *c, const struct catalog_input *in, struct fail *f)
{
    struct str text = in->competence_tsv;
    static const char *const names[] = {"id", "kind", "match", "pattern", "sector", "level", "place", "organ", "by", "valid_from", "valid_to",
                                        "legal_basis", "confidence"};
    enum { ID, KIND, MATCH, PATTERN, SECTOR, LEVEL, PLACE, ORGAN, BY, FROM, TO, BASIS, CONFIDENCE };
    int column[ARRAY_LEN(names)];
    struct tsv t;
    const char *what = "empty";
    size_t cap = 1 + in->amendments;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n' || text.p[i] == '|';
    c->rule = catalog_alloc(c, cap * sizeof *c->rule);
    c->issuer = catalog_alloc(c, cap * sizeof *c->issuer);
    amendments_first(c, in);
    if (!tsv_open(&t, text))
        goto bad;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if ((column[i] = tsv_column(&t, what = names[i])) < 0)
            goto bad;
    while (tsv_row(&t)) {
#define CELL(i) tsv_cell(&t, column[i])
        struct str match = CELL(MATCH), place = CELL(PLACE), level = CELL(LEVEL), piece;
        struct rule r = {.id = CELL(ID), .organ = CELL(ORGAN), .legal_basis = CELL(BASIS), .confidence = CELL(CONFIDENCE)};
        struct str sectors = CELL(SECTOR), one_sector, patterns = CELL(PATTERN), pattern;
        for (; sectors.n && str_next(&sectors, ';', &one_sector);)
            r.sector = str_printf(c->a, "%.*s|%.*s", PRS(r.sector), PRS(vn_fold(c->a, one_sector)));
        r.sector = r.sector.n ? str_printf(c->a, "%.*s|", PRS(r.sector)) : STR_NONE;
        r.match = str_is(match, "code") ? RULE_CODE : str_is(match, "sector") ? RULE_SECTOR : str_is(match, "whole") ? RULE_WHOLE : RULE_PREFIX;
        bool place_known = place_parse(place, &r.place);
        what = "id, legal_basis, confidence";
        if (!r.id.n || !r.legal_basis.n || !r.confidence.n)
            goto bad;
        what = "validity";
        if (!validity_parse(CELL(FROM), CELL(TO), &r.valid_from, &r.valid_to))
            goto bad;
        what = "level";
        while (level.n && str_next(&level, '/', &piece)) {
            unsigned one = level_parse(piece);
            if (!one)
                goto bad;
            r.levels |= one;
        }
        bool issuer = str_is(CELL(KIND), "issuer");
        what = "kind, match, place or by";
        if (issuer ? !r.organ.n || !patterns.n
                   : !str_is(CELL(KIND), "decides") || !by_parse(CELL(BY), &r) || (r.match == RULE_PREFIX && !str_is(match, "prefix"))
                         || !place_known || (r.place != PLACE_CENTRAL && r.n_by == 0)
                         || (r.match == RULE_SECTOR ? !r.sector.n : !patterns.n))
            goto bad;
        /* One row may name an agency in several ways. */
        do {
            if (!str_next(&patterns, '|', &pattern))
                pattern = STR_NONE;
            r.pattern = r.match == RULE_CODE ? pattern : vn_fold(c->a, pattern);
            r.pattern_words = count_words(r.pattern);
            r.province = issuer ? r.organ : STR_NONE;
            if (issuer)
                c->issuer[c->issuers++] = r;
            else
                c->rule[c->rules++] = r;
        } while (patterns.n);
#undef CELL
    }
    return true;
bad:
    fail_add(f, ERR_CORRUPT, "", "/competence.tsv", "catalog.bad_row", "line %zu: %s", t.line, what);
    return false;
}

/* "UBND tỉnh Tuyên Quang", "Trung tâm phục vụ hành chính công Thành phố Hà Nội": the province whose name it holds. */
struct str issuer_province(const struct catalog *c, struct str folded_agency)
{
    for (size_t i = 0; i < c->issuers; i++) {
        ptrdiff_t at = str_find(folded_agency, c->issuer[i].pattern);
        size_t end = (size_t)at + c->issuer[i].pattern.n;
        if (at >= 0 && (at == 0 || folded_agency.p[at - 1] == ' ') && (end == folded_agency.n || folded_agency.p[end] == ' '))
            return c->issuer[i].province;
    }
    return STR_NONE;
}

/* --- Taking the executing agency apart ---------------------------------------------------------------------------------------- */

static bool upper_case_follows(struct str rest)
{
    rest = str_trim(rest);
    if (!rest.n)
        return false;
    unsigned char first = (unsigned char)rest.p[0];
    if (first < 0x80)
        return first >= 'A' && first <= 'Z';
    size_t len = first < 0xE0 ? 2 : 3;
    if (rest.n < len)
        return false;
    /* Two letters of Latin Extended come in pairs, capital on the even code (Ủ U+1EE6, ủ U+1EE7); Đ U+0110, đ U+0111; À…Þ below à…þ. */
    uint32_t cp = len == 2 ? (first & 31u) << 6 | (rest.p[1] & 63u) : (first & 15u) << 12 | ((unsigned char)rest.p[1] & 63u) << 6 | (rest.p[2] & 63u);
    return cp < 0x100 ? cp < 0xE0 : cp == 0x1AF || cp == 0x1A0 || (cp != 0x1B0 && cp != 0x1A1 && cp % 2 == 0);
}

void executor_parse(struct catalog *c, struct executor *x, struct str text)
{
    struct arena *a = c->a;
    size_t cap = 0, pieces = 0;
    struct str piece[64];
    bool breaks[64];
    /* Pieces between breaks; a comma before a small letter ("trật tự, xã hội") breaks nothing. */
    for (size_t from = 0, i = 0; i <= text.n && pieces < ARRAY_LEN(piece); i++) {
        bool end = i == text.n, hard = !end && text.p[i] == ';', soft = !end && text.p[i] == ',' && upper_case_follows(str_sub(text, i + 1, text.n));
        if (!end && !hard && !soft)
            continue;
        struct str folded = vn_fold(a, str_sub(text, from, i - from));
        if (folded.n) {
            breaks[pieces] = true;
            piece[pieces++] = folded;
            cap += count_words(folded);
        }
        from = i + 1;
    }
    x->word = catalog_alloc(c, (cap ? cap : 1) * sizeof *x->word);
    x->breaks = catalog_alloc(c, cap ? cap : 1);
    for (size_t i = 0; i < pieces; i++) {
        struct str rest = piece[i], word;
        for (bool first = true; rest.n && str_next(&rest, ' ', &word); first = false) {
            x->word[x->words] = word;
            x->breaks[x->words++] = first && breaks[i];
        }
    }
    x->folded = vn_fold(a, text);
    c->bytes += 2 * text.n;
}

static bool begins_with(const struct executor *x, size_t at, const struct rule *r)
{
    struct str rest = r->pattern, word;
    for (size_t i = at; rest.n && str_next(&rest, ' ', &word); i++)
        if (i >= x->words || !str_eq(x->word[i], word))
            return false;
    return true;
}

/* --- The answer --------------------------------------------------------------------------------------------------------------- */

static bool applies(const struct rule *r, const struct competence_question *q, struct str sector)
{
    return r->valid_from <= q->day && q->day <= r->valid_to && (!r->sector.n || (sector.n && str_find(r->sector, sector) >= 0))
        && (!r->levels || (r->levels & q->p->levels));
}

/* The unit's code when the territory that the rule goes by is known; false when the next row should be asked. */
static bool resolve(const struct rule *r, const struct competence_question *q, char unit[COMPETENCE_UNIT_MAX], enum competence_by *by_r)
{
    for (size_t i = 0; i < r->n_by; i++) {
        enum competence_by by = r->by[i];
        struct str territory = by == BY_OBJECT ? q->object_territory : by == BY_OWNER ? q->owner_territory : q->receiving_commune;
        struct str province = by == BY_OBJECT ? q->object_province : by == BY_OWNER ? q->owner_province : q->receiving_province;
        struct str place = territory;
        if (r->place == PLACE_PROVINCE) {
            place = province.n ? province : territory.n == 2 ? territory : STR_NONE;
            if (!place.n && territory.n && q->p->reach != REACH_NATIONWIDE)
                place = q->receiving_province; /* within reach means within this province */
            if (q->p->own_province.n) {
                place = q->p->own_province;
                by = BY_OWN_PROVINCE;
            }
        } else if (territory.n && territory.n <= 2)
            return false; /* only a province is known, and a commune decides */
        if (!place.n && territory.n)
            return false; /* a place is known but not its province: never guess */
        if (!place.n)
            continue;
        int n = snprintf(unit, COMPETENCE_UNIT_MAX, "%.*s%s%.*s", PRS(place), r->organ.n ? "." : "", PRS(r->organ));
        *by_r = by;
        return n > 0 && n < COMPETENCE_UNIT_MAX;
    }
    return false;
}

struct outcome {
    struct competence_answer answer;
    const struct rule *rule;
};

/* Adds what a part of the executing agency comes to: a unit, or "others". */
static void add(struct outcome *o, const struct rule *r, const char *unit, enum competence_by by)
{
    struct competence_answer *a = &o->answer;
    for (size_t i = 0; i < a->n_candidates; i++)
        if (strcmp(a->candidate[i], unit) == 0)
            return;
    if (a->n_candidates == COMPETENCE_CANDIDATES_MAX) {
        a->others = true;
        return;
    }
    snprintf(a->candidate[a->n_candidates++], COMPETENCE_UNIT_MAX, "%s", unit);
    if (!o->rule) {
        o->rule = r;
        a->by = by;
    }
}

/* Tries the rows of one kind in their order (those of a sector first): the first that the known territories resolve. */
static bool try_rows(const struct catalog *c, const struct competence_question *q, struct str sector, enum rule_match match, const struct executor *x,
                     struct outcome *o)
{
    for (int general = 0; general < 2; general++)
        for (size_t i = 0; i < c->rules; i++) {
            const struct rule *r = &c->rule[i];
            char unit[COMPETENCE_UNIT_MAX];
            enum competence_by by = BY_NOTHING;
            if (r->match != match || (r->sector.n == 0) != general || !applies(r, q, sector) || r->place == PLACE_CENTRAL)
                continue;
            if ((match == RULE_CODE && !str_eq(r->pattern, q->p->code)) || (match == RULE_WHOLE && !str_eq(r->pattern, x->folded)))
                continue;
            if (resolve(r, q, unit, &by))
                return add(o, r, unit, by), true;
        }
    return false;
}

/* In the tail of a part ("… tỉnh Bắc Ninh", "- Bộ Tài chính", "thuộc Ủy ban nhân dân cấp tỉnh"): does a second agency begin here? */
static bool names_another(const struct catalog *c, const struct executor *x, size_t at)
{
    if (str_is(x->word[at], "hoac"))
        return true;
    if (str_is(x->word[at], "bo") || str_is(x->word[at - 1], "thuoc"))
        return false;
    for (size_t i = 0; i < c->rules; i++)
        if (c->rule[i].match == RULE_PREFIX && begins_with(x, at, &c->rule[i]))
            return true;
    return false;
}

static void try_parts(const struct catalog *c, const struct competence_question *q, struct str sector, const struct executor *x, struct outcome *o)
{
    for (size_t at = 0; at < x->words;) {
        size_t longest = 0;
        for (size_t i = 0; i < c->rules; i++) {
            const struct rule *r = &c->rule[i];
            if (r->match == RULE_PREFIX && r->pattern_words > longest && applies(r, q, sector) && begins_with(x, at, r))
                longest = r->pattern_words;
        }
        bool known = false;
        for (int general = 0; general < 2 && longest && !known; general++)
            for (size_t i = 0; i < c->rules && !known; i++) {
                const struct rule *r = &c->rule[i];
                char unit[COMPETENCE_UNIT_MAX];
                enum competence_by by = BY_NOTHING;
                if (r->match == RULE_PREFIX && r->pattern_words == longest && (r->sector.n == 0) == general && applies(r, q, sector)
                    && begins_with(x, at, r) && r->place != PLACE_CENTRAL && resolve(r, q, unit, &by)) {
                    add(o, r, unit, by);
                    known = true;
                }
            }
        bool or_another = false;
        for (at += longest ? longest : 1; at < x->words && !x->breaks[at]; at++)
            or_another |= names_another(c, x, at);
        if (!known || or_another)
            o->answer.others = true;
    }
}

struct competence_answer competence_of(const struct catalog *c, const struct competence_question *q)
{
    struct outcome o = {0};
    const struct executor *x = &c->executor[q->p->executor];
    struct arena *a _arena_ = arena_new();
    struct str sector = str_printf(a, "|%.*s|", PRS(vn_fold(a, q->p->sector)));
    if (!try_rows(c, q, sector, RULE_CODE, x, &o) && !try_rows(c, q, sector, RULE_SECTOR, x, &o) && !try_rows(c, q, sector, RULE_WHOLE, x, &o))
        try_parts(c, q, sector, x, &o);
    struct competence_answer *r = &o.answer;
    if (r->n_candidates == 1 && !r->others) {
        r->found = true;
        memcpy(r->unit, r->candidate[0], sizeof r->unit);
        r->row_id = o.rule->id;
        r->legal_basis = o.rule->legal_basis;
        r->confidence = o.rule->confidence;
        r->by_object = r->by == BY_OBJECT;
    } else
        r->by = BY_NOTHING;
    return *r;
}
