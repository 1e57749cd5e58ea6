/* A query as words: which rows hold all of them, where in the name, with which marks; then what everyday words mean; and only where little
 * was found, slips of typing and rows with most words. Rows that hold a word are a set, so that "all words" is an AND of sets. */
#include "search_private.h"
#include "base/vn.h"

enum { VARIANTS = 4, FEW = 5, ALTERNATIVES = 48, MOST_PERCENT = 60 };

/* --- All words ---------------------------------------------------------------------------------------------------------------- */

static bool has_marks(const struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->mark[i])
            return true;
    return false;
}

enum { WHERE_ANYWHERE = 1, WHERE_PHRASE, WHERE_START, WHERE_WHOLE, WITH_MARKS = 8 };

/* Each word that was typed with marks stands in the name with these marks, wherever. */
static bool marks_match(const struct index *x, const struct standing *at, const struct list *l)
{
    const uint16_t *word = &x->word[at->words_at], *mark = &x->mark[at->words_at];
    for (size_t k = 0; k < l->n; k++) {
        bool found = l->mark[k] == 0;
        for (size_t j = 0; j < at->words && !found; j++)
            found = word[j] == l->token[k] && mark[j] == l->mark[k];
        if (!found)
            return false;
    }
    return true;
}

/* All words of the list are in the name: where, and with the marks that were typed? The marks weigh more than the place. */
static unsigned place_in_name(const struct index *x, const struct standing *at, const struct list *l, bool typed, bool *marked_r)
{
    const uint16_t *word = &x->word[at->words_at], *mark = &x->mark[at->words_at];
    unsigned best = WHERE_ANYWHERE | (typed && marks_match(x, at, l) ? WITH_MARKS : 0);
    for (size_t from = 0; from + l->n <= at->words; from++) {
        if (word[from] != l->token[0])
            continue;
        size_t k = 0;
        bool same = typed;
        while (k < l->n && word[from + k] == l->token[k]) {
            same = same && (l->mark[k] == 0 || l->mark[k] == mark[from + k]);
            k++;
        }
        if (k < l->n)
            continue;
        bool start = from <= at->lead, whole = start && (from + k == at->words || from + k == at->core);
        unsigned where = (whole ? WHERE_WHOLE : start ? WHERE_START : WHERE_PHRASE) | (same ? WITH_MARKS : 0);
        if (where > best)
            best = where;
    }
    *marked_r = best >= WITH_MARKS;
    return best & (WITH_MARKS - 1);
}

/* `official`: the words were put for everyday ones, of which the query was a part or the whole; APART: they were typed without blanks. */
enum official { AS_TYPED, APART, OFFICIAL_PART, OFFICIAL_WHOLE };

static void hit_by_name(struct search *s, size_t i, const struct list *l, bool typed, enum official official)
{
    bool marked = false;
    unsigned where = place_in_name(&s->c->index, &s->c->index.standing[i], l, typed, &marked);
    if (official == APART)
        search_hit(s, i, G_NEAR, MATCH_NEAR, false, where);
    else if (official)
        search_hit(s, i, official == OFFICIAL_WHOLE ? G_EVERYDAY : G_MEANING, MATCH_MEANING, official == OFFICIAL_PART && marked,
                   where > WHERE_PHRASE ? WHERE_PHRASE : where);
    else if (where == WHERE_WHOLE && (marked || !typed))
        search_hit(s, i, G_WHOLE, MATCH_NAME, marked, 0);
    else
        search_hit(s, i, G_NAME, MATCH_NAME, marked, where);
}

static void search_all(struct search *s, const struct list *l, enum official official)
{
    const struct index *x = &s->c->index;
    bool typed = has_marks(l);
    for (size_t k = 0; k < l->n; k++)
        if (l->token[k] == TOKEN_NONE)
            return;
    for (size_t at = 0; at < x->width && l->n; at++) {
        uint64_t name = UINT64_MAX, either = UINT64_MAX;
        for (size_t k = 0; k < l->n; k++) {
            name &= rows_with_name(x, l->token[k])[at];
            either &= rows_with_name(x, l->token[k])[at] | rows_with_sector(x, l->token[k])[at];
        }
        for (uint64_t left = either; left; left &= left - 1) {
            size_t i = at * 64 + (size_t)__builtin_ctzll(left);
            if (name >> i % 64 & 1)
                hit_by_name(s, i, l, typed, official);
            else if (official != APART)
                search_hit(s, i, G_SECTOR, MATCH_SECTOR, false, 0);
        }
    }
}

/* --- Slips of typing ---------------------------------------------------------------------------------------------------------- */

/* One letter more, less, other, or two changed places. */
static bool one_edit(struct str a, struct str b)
{
    if (a.n > b.n) {
        struct str t = a;
        a = b;
        b = t;
    }
    if (b.n - a.n > 1)
        return false;
    size_t i = 0;
    while (i < a.n && a.p[i] == b.p[i])
        i++;
    if (a.n < b.n)
        return memcmp(a.p + i, b.p + i + 1, a.n - i) == 0;
    if (i == a.n)
        return false;
    if (memcmp(a.p + i + 1, b.p + i + 1, a.n - i - 1) == 0)
        return true;
    return i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] && memcmp(a.p + i + 2, b.p + i + 2, a.n - i - 2) == 0;
}

static size_t first_token(const struct index *x, struct str text)
{
    size_t lo = 0, hi = x->tokens;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (str_cmp(x->token[mid], text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void unite(const struct index *x, uint64_t *set, size_t token)
{
    const uint64_t *rows = rows_with_name(x, (uint16_t)token);
    for (size_t at = 0; at < x->width; at++)
        set[at] |= rows[at];
}

/* The rows whose name holds the k-th word, or one that is a slip away, or (the last word) one that begins with it. */
static void rows_near(const struct index *x, const struct list *l, size_t k, uint64_t *set)
{
    struct str key = l->key[k];
    uint32_t letters = letters_of(key);
    size_t more = 0;
    if (l->token[k] != TOKEN_NONE)
        unite(x, set, l->token[k]);
    for (size_t t = 0; key.n >= 5 && t < x->tokens && more < ALTERNATIVES; t++)
        if (__builtin_popcount(x->letters[t] ^ letters) <= 2 && one_edit(key, x->token[t])) {
            unite(x, set, t);
            more++;
        }
    if (k + 1 == l->n && key.n >= 2)
        for (size_t t = first_token(x, key); t < x->tokens && more < ALTERNATIVES && str_has_prefix(x->token[t], key); t++, more++)
            unite(x, set, t);
}

/* A rare word says more than "cấp" or "giấy": its weight is the logarithm of how rare it is. */
static unsigned weigh(const struct catalog *c, uint16_t token)
{
    unsigned w = 1;
    if (token == TOKEN_NONE)
        return 4;
    for (size_t n = c->entries; n > c->index.rows[token] + 1u; n /= 2)
        w++;
    return w;
}

/* Rows with most words. Only those are looked at that hold one of the heaviest: without all of these there is not enough weight left. */
static void search_most(struct search *s, const struct list *l, uint64_t *near[])
{
    const size_t width = s->c->index.width;
    unsigned weight[CATALOG_WORDS_MAX], total = 0, left;
    uint64_t *any = ARENA_ARRAY(s->a, uint64_t, width);
    bool taken[CATALOG_WORDS_MAX] = {false};
    for (size_t k = 0; k < l->n; k++)
        total += weight[k] = weigh(s->c, l->token[k]);
    for (left = total; left * 100 >= total * MOST_PERCENT;) {
        size_t heaviest = l->n;
        for (size_t k = 0; k < l->n; k++)
            if (!taken[k] && (heaviest == l->n || weight[k] > weight[heaviest]))
                heaviest = k;
        taken[heaviest] = true;
        left -= weight[heaviest];
        for (size_t at = 0; at < width; at++)
            any[at] |= near[heaviest][at];
    }
    for (size_t at = 0; at < width; at++)
        for (uint64_t rest = any[at]; rest; rest &= rest - 1) {
            size_t i = at * 64 + (size_t)__builtin_ctzll(rest);
            unsigned sum = 0, words = 0;
            for (size_t k = 0; k < l->n; k++)
                if (in_set(near[k], i)) {
                    sum += weight[k];
                    words++;
                }
            if (s->rank[i] == 0 && words >= 2 && sum * 100 >= total * MOST_PERCENT)
                search_hit(s, i, G_MOST, MATCH_MOST, false, sum * 7 / total);
        }
}

static void search_near(struct search *s, const struct list *l)
{
    const size_t width = s->c->index.width;
    uint64_t *near[CATALOG_WORDS_MAX];
    for (size_t k = 0; k < l->n; k++)
        rows_near(&s->c->index, l, k, near[k] = ARENA_ARRAY(s->a, uint64_t, width));
    for (size_t at = 0; at < width && l->n; at++) {
        uint64_t all = UINT64_MAX;
        for (size_t k = 0; k < l->n; k++)
            all &= near[k][at];
        for (; all; all &= all - 1) {
            size_t i = at * 64 + (size_t)__builtin_ctzll(all);
            if (s->rank[i] == 0)
                search_hit(s, i, G_NEAR, MATCH_NEAR, false, 0);
        }
    }
    if (s->hits < FEW && l->n >= 2)
        search_most(s, l, near);
}

/* --- Words without blanks ----------------------------------------------------------------------------------------------------- */

enum { PIECE_LEAST = 2, PIECE_MOST = 7 /* nghiêng */, GLUED_LEAST = 6, GLUED_MOST = 48 };

static void list_add(struct list *l, struct str key, uint16_t token, uint16_t mark)
{
    if (l->n == CATALOG_WORDS_MAX)
        return;
    l->key[l->n] = key;
    l->token[l->n] = token;
    l->mark[l->n++] = mark;
}

static uint16_t token_of(const struct catalog *c, struct str key)
{
    uint32_t id;
    return strmap_get(&c->index.by_text, key, &id) ? (uint16_t)id : TOKEN_NONE;
}

/* "dangkykhaisinh" as "dang ky khai sinh": the fewest words that there are, and of these the commonest, or those that end openly ("ho chieu"
 * rather than "hoc hieu"). False when it is not made of words. */
static bool take_apart(const struct catalog *c, struct str glued, bool openly, struct list *out)
{
    struct { unsigned cost; uint16_t token; uint8_t length; } best[GLUED_MOST + 1] = {{0}};
    char room[48];
    for (size_t end = 1; end <= glued.n; end++)
        for (size_t length = PIECE_LEAST; length <= PIECE_MOST && length <= end; length++) {
            size_t from = end - length;
            uint16_t token = from && !best[from].length ? TOKEN_NONE : token_of(c, word_key(str_sub(glued, from, length), room));
            unsigned cost = token == TOKEN_NONE ? 0 : best[from].cost + 1000 + (openly ? !strchr("aeiouy", glued.p[end - 1]) : weigh(c, token));
            if (token != TOKEN_NONE && (!best[end].length || cost < best[end].cost)) {
                best[end].cost = cost;
                best[end].token = token;
                best[end].length = (uint8_t)length;
            }
        }
    uint16_t token[GLUED_MOST];
    size_t n = 0;
    for (size_t at = glued.n; at && best[at].length; at -= best[at].length)
        token[n++] = best[at].token;
    for (size_t k = best[glued.n].length ? n : 0; k-- > 0;)
        list_add(out, c->index.token[token[k]], token[k], 0);
    return best[glued.n].length > 0;
}

/* --- Everyday words ----------------------------------------------------------------------------------------------------------- */

/* Which phrases begin with one of the words: a set of their numbers. */
static uint64_t *phrases_in(const struct search *s, const struct list *l)
{
    const struct catalog *c = s->c;
    uint64_t *set = ARENA_ARRAY(s->a, uint64_t, c->phrases / 64 + 1);
    for (size_t k = 0; k < l->n; k++) {
        uint32_t i;
        if (strmap_get(&c->phrase_by_word, l->key[k], &i))
            for (; i && !in_set(set, i - 1); i = c->phrase[i - 1].next)
                put_in_set(set, i - 1);
    }
    return set;
}

static bool phrase_stands(const struct list *l, const struct phrase *p, size_t at)
{
    for (size_t k = 0; k < p->words; k++)
        if (!str_eq(l->key[at + k], p->key[k]))
            return false;
    return true;
}

/* Where the phrase stands in the list, or -1; *conflict_r when marks were typed that are not the phrase's. */
static ptrdiff_t phrase_at(const struct list *l, const struct phrase *p, bool *conflict_r)
{
    for (size_t at = 0; at + p->words <= l->n; at++)
        if (phrase_stands(l, p, at)) {
            *conflict_r = false;
            for (size_t k = 0; k < p->words; k++)
                *conflict_r |= l->mark[at + k] != 0 && l->mark[at + k] != p->mark[k];
            return (ptrdiff_t)at;
        }
    return -1;
}

static struct list without_fillers(const struct search *s, const struct list *l, const uint64_t *phrases)
{
    bool drop[CATALOG_WORDS_MAX] = {false};
    struct list out = {0};
    for (size_t i = 0; i < s->c->phrases; i++) {
        const struct phrase *p = &s->c->phrase[i];
        for (size_t at = 0; p->kind == PHRASE_FILLER && in_set(phrases, i) && at + p->words <= l->n; at++)
            for (size_t k = 0; k < p->words && phrase_stands(l, p, at); k++)
                drop[at + k] = true;
    }
    for (size_t k = 0; k < l->n; k++)
        if (!drop[k])
            list_add(&out, l->key[k], l->token[k], l->mark[k]);
    return out.n ? out : *l;
}

static void procedures_named(struct search *s, const struct phrase *p, enum group group)
{
    struct str rest = p->means, code;
    for (unsigned where = 7; rest.n && str_next(&rest, ' ', &code); where -= where > 3)
        for (size_t e = entry_first(s->c, code); e < s->c->entries && str_eq(s->c->entry[e].code, code); e++)
            search_hit(s, e, group, MATCH_EVERYDAY, false, where);
}

/* The list with the official words in the place of the phrase. */
static struct list officially(struct search *s, const struct list *l, const struct phrase *p, size_t at)
{
    struct word word[CATALOG_WORDS_MAX];
    struct list out = {0};
    size_t n = words_of(s->c, s->a, p->means, vn_fold(s->a, p->means), word, CATALOG_WORDS_MAX);
    for (size_t k = 0; k < at; k++)
        list_add(&out, l->key[k], l->token[k], l->mark[k]);
    for (size_t k = 0; k < n; k++)
        list_add(&out, word[k].text, token_of(s->c, word[k].text), 0);
    for (size_t k = at + p->words; k < l->n; k++)
        list_add(&out, l->key[k], l->token[k], l->mark[k]);
    return out;
}

static void everyday(struct search *s, const struct list *typed, const struct list *bare, const uint64_t *phrases)
{
    size_t variants = 0;
    for (size_t i = 0; i < s->c->phrases; i++) {
        const struct phrase *p = &s->c->phrase[i];
        bool conflict = false;
        if (!in_set(phrases, i) || (p->kind != PHRASE_PROCEDURE && p->kind != PHRASE_WORDS))
            continue;
        const struct list *in = bare;
        ptrdiff_t at = phrase_at(in, p, &conflict);
        if (at < 0)
            at = phrase_at(in = typed, p, &conflict);
        if (at < 0)
            continue;
        bool whole = p->words == in->n && !conflict;
        if (p->kind == PHRASE_PROCEDURE)
            procedures_named(s, p, conflict ? G_MOST : whole ? G_EVERYDAY : G_MEANING);
        else if (variants++ < VARIANTS) {
            struct list other = officially(s, in, p, (size_t)at);
            search_all(s, &other, whole ? OFFICIAL_WHOLE : OFFICIAL_PART);
        }
    }
}

static void search_apart(struct search *s, const struct list *l)
{
    for (int openly = 0; openly < 2; openly++) {
        struct list apart = {0};
        bool any = false;
        for (size_t k = 0; k < l->n; k++)
            if (l->token[k] == TOKEN_NONE && l->key[k].n >= GLUED_LEAST && l->key[k].n <= GLUED_MOST && take_apart(s->c, l->key[k], openly, &apart))
                any = true;
            else
                list_add(&apart, l->key[k], l->token[k], 0);
        if (!any)
            return;
        search_all(s, &apart, APART);
        everyday(s, &apart, &apart, phrases_in(s, &apart));
    }
}

void search_words(struct search *s, struct str q)
{
    struct word word[CATALOG_WORDS_MAX];
    struct list typed = {0};
    size_t n = words_of(s->c, s->a, q, vn_fold(s->a, q), word, CATALOG_WORDS_MAX);
    if (n == 0)
        return;
    for (size_t k = 0; k < n; k++)
        list_add(&typed, word[k].text, token_of(s->c, word[k].text), word[k].mark);
    const uint64_t *phrases = phrases_in(s, &typed);
    struct list bare = without_fillers(s, &typed, phrases);
    search_all(s, &typed, AS_TYPED);
    if (bare.n != typed.n)
        search_all(s, &bare, AS_TYPED);
    everyday(s, &typed, &bare, phrases);
    if (s->hits < FEW)
        search_apart(s, &bare);
    if (s->hits < FEW)
        search_near(s, &bare);
}
