/* See list.h. */
#include "domain/dossier/list.h"
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"

enum { READ_AUDIENCES_MAX = ACTOR_AUDIENCES_MAX + 80, OPEN_LISTS = 0x2f6, CLOSED_LISTS = 1 << 3 | 1 << 8 | 1 << 10, ALL_LISTS = (1 << DOSSIER_STATES) - 1 };
_Static_assert((OPEN_LISTS | CLOSED_LISTS | 1) == ALL_LISTS && (OPEN_LISTS & CLOSED_LISTS) == 0, "every state is open, closed or voided");

unsigned dossier_lists_open(void) { return OPEN_LISTS; }
unsigned dossier_lists_closed(void) { return CLOSED_LISTS; }

unsigned dossier_lists_parse(struct str word)
{
    int state = dossier_state_by_name(word);
    if (state > 0)
        return 1u << state;
    return str_is(word, "open") ? OPEN_LISTS : str_is(word, "closed") ? CLOSED_LISTS : str_is(word, "voided") ? 1u : 0;
}

struct listing {
    const struct keyring *k;
    const struct rules *rules;
    struct db *db;
    struct arena *a;
    const struct actor *actor;
    const struct dossier_list_query *q;
    int64_t now;
    struct str audience[READ_AUDIENCES_MAX];
    size_t audiences;
    const struct dossier_item **item; /* sorted, unique; at most `max` */
    size_t n, max;
    int64_t after_rank; /* where the page begins */
    struct str after_home;
    struct id after_id;
    int64_t share;                      /* rows that one read may look at */
    const struct dossier_item *horizon; /* the first row at which a read had looked at its share; beyond it nothing is known. NULL: none */
};

/* --- whose rows are read --- */

static void read_too(struct listing *l, struct str audience)
{
    for (size_t i = 0; i < l->audiences; i++)
        if (str_eq(l->audience[i], audience))
            return;
    if (l->audiences < READ_AUDIENCES_MAX)
        l->audience[l->audiences++] = audience;
}

/* A province's or the nation's audience; asked for one unit in it, the rows of that unit's desk say the same in fewer rows. */
static void read_province(struct listing *l, struct str province)
{
    struct str desk = l->q->unit.n && str_eq(unit_province(l->rules->org, l->q->unit), province) ? unit_desk(l->rules->org, l->q->unit) : STR("");
    read_too(l, desk.n ? str_printf(l->a, "u:%.*s", PRS(desk)) : str_printf(l->a, "p:%.*s", PRS(province)));
}

static void read_nation(struct listing *l)
{
    if (l->rules->province.n) {
        read_province(l, l->rules->province);
        return;
    }
    struct territory_page all = territory_list(l->rules->org, l->a, time_local_day(l->now), STR("VN"), STR(""), STR(""), 64);
    for (size_t i = 0; i < all.n; i++)
        read_province(l, all.items[i]->code);
}

static void whose(struct listing *l)
{
    for (size_t i = 0; i < l->actor->audiences; i++) {
        struct str s = l->actor->audience[i];
        if (str_is(s, "n")) {
            read_too(l, s); /* what no province sees */
            read_nation(l);
        } else if (s.n > 2 && s.p[0] == 'p')
            read_province(l, str_sub(s, 2, s.n));
        else
            read_too(l, s);
    }
}

/* --- one row --- */

static struct dossier_item *take(struct listing *l, const struct rows *r)
{
    struct dossier_item *it = ARENA_NEW(l->a, struct dossier_item);
    int c = 0;
    it->rank = row_i64(r, c++);
    it->home_unit = str_dup(l->a, row_str(r, c++));
    memcpy(it->id.b, row_str(r, c++).p, ID_BYTES);
    it->code = str_dup(l->a, row_str(r, c++));
    it->procedure = str_dup(l->a, row_str(r, c++));
    it->agency = str_dup(l->a, row_str(r, c++));
    it->state = row_i64(r, c++);
    it->competent_unit = str_dup(l->a, row_str(r, c++));
    it->task = str_dup(l->a, row_str(r, c++));
    it->officer = str_dup(l->a, row_str(r, c++));
    it->owner = str_dup(l->a, row_str(r, c++));
    it->submitter = str_dup(l->a, row_str(r, c++));
    it->submitted_at = row_i64(r, c++);
    it->received_at = row_i64(r, c++);
    it->due_at = row_i64(r, c++);
    it->promised_at = row_i64(r, c++);
    it->finished_at = row_i64(r, c++);
    it->late_mark = row_i64(r, c++);
    it->voided = row_i64(r, c++);
    it->register_year = row_i64(r, c++);
    it->register_no = row_i64(r, c++);
    it->version = row_i64(r, c++);
    it->next_at = it->rank > 0 ? it->rank : 0;
    struct dossier_clock clock = {.received_at = it->received_at, .due_at = it->due_at, .finished_at = it->finished_at, .late_mark = it->late_mark};
    clock.soon_at = row_i64(r, c++);
    clock.stands_since = row_i64(r, c++);
    clock.finished_late = row_i64(r, c++);
    it->punctuality = clock_punctuality(&clock, l->now);
    return it;
}

static int order(int64_t rank, struct str home, struct id id, const struct dossier_item *b)
{
    if (rank != b->rank)
        return rank < b->rank ? -1 : 1;
    int c = str_cmp(home, b->home_unit);
    return c ? c : memcmp(id.b, b->id.b, ID_BYTES);
}

/* Where this row belongs; *there_r when it is there already. */
static size_t place(const struct listing *l, int64_t rank, struct str home, struct id id, bool *there_r)
{
    size_t lo = 0, hi = l->n;
    *there_r = false;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = order(rank, home, id, l->item[mid]);
        if (c == 0) {
            *there_r = true;
            return mid;
        }
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Keeps the row among the first `max`; false when it comes after all of them, and with it the rest of its read. */
static bool keep(struct listing *l, const struct rows *r)
{
    struct id id;
    bool there;
    memcpy(id.b, row_str(r, 2).p, ID_BYTES);
    size_t at = place(l, row_i64(r, 0), row_str(r, 1), id, &there);
    if (there)
        return true;
    if (at == l->max)
        return false;
    if (l->n < l->max)
        l->n++;
    memmove(&l->item[at + 1], &l->item[at], (l->n - at - 1) * sizeof *l->item);
    l->item[at] = take(l, r);
    return true;
}

/* --- the list --- */

/* What no index knows of a row. */
static bool asked_for(const struct dossier_list_query *q, const struct rows *r)
{
    int64_t due = row_i64(r, 14);
    return (!q->unit.n || str_eq(row_str(r, 1), q->unit) || str_eq(row_str(r, 7), q->unit)) && (!q->task.n || str_eq(row_str(r, 8), q->task)) && (!q->officer.n || str_eq(row_str(r, 9), q->officer))
        && (!q->due_before || (due > 0 && due < q->due_before));
}

static int against(const struct rows *r, const struct dossier_item *it)
{
    struct id id;
    memcpy(id.b, row_str(r, 2).p, ID_BYTES);
    return order(row_i64(r, 0), row_str(r, 1), id, it);
}

static enum err read_one(struct listing *l, struct str audience, int state)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(l->db, &r, STMT_DOSSIER_LIST, p_text(audience), p_int(state), p_int(l->after_rank), p_text(l->after_home),
                          p_bytes(id_str(&l->after_id)), p_int(l->share));
    bool more = true;
    for (int64_t looked = 1; !e && more && rows_next(&r); looked++) {
        if (l->horizon && against(&r, l->horizon) > 0)
            more = false;
        else if (asked_for(l->q, &r))
            more = keep(l, &r);
        if (more && looked == l->share)
            l->horizon = take(l, &r);
    }
    if (!e && more)
        return rows_end(&r);
    rows_close(&r);
    return e;
}

static enum err read_all(struct listing *l, unsigned lists)
{
    int64_t reads = (int64_t)l->audiences * __builtin_popcount(lists), scan = l->q->unit.n || l->q->task.n || l->q->officer.n || l->q->due_before ? DOSSIER_SCAN_MAX : 0;
    enum err e = ERR_OK;
    l->share = reads && scan / reads > (int64_t)l->max ? scan / reads : (int64_t)l->max;
    for (size_t i = 0; i < l->audiences && !e; i++)
        for (int state = 0; state < DOSSIER_STATES && !e; state++)
            if (lists >> state & 1)
                e = read_one(l, l->audience[i], state);
    return e;
}

/* rank.id.home; nobody but us reads it. */
static struct str cursor_of(struct arena *a, const struct dossier_item *it)
{
    char hex[2 * ID_BYTES + 1];
    hex_format(it->id.b, ID_BYTES, hex);
    return str_printf(a, "%lld.%s.%.*s", (long long)it->rank, hex, PRS(it->home_unit));
}

static bool cursor_parse(struct listing *l)
{
    struct str rest = l->q->cursor, rank, id;
    l->after_rank = INT64_MIN;
    l->after_home = STR("");
    if (!rest.n)
        return true;
    return str_next(&rest, '.', &rank) && str_to_i64(rank, &l->after_rank) && rest.p && str_next(&rest, '.', &id)
        && hex_parse(id, l->after_id.b, ID_BYTES) && rest.n && rest.n <= UNIT_CODE_MAX && vn_valid_utf8(rest) && (l->after_home = rest).n;
}

static enum err list(struct listing *l, struct dossier_page *page)
{
    l->max = l->q->limit + 1;
    l->item = ARENA_ARRAY(l->a, const struct dossier_item *, l->max + 1);
    enum err e = read_all(l, l->q->lists ? l->q->lists : OPEN_LISTS);
    while (l->horizon && l->n && order(l->horizon->rank, l->horizon->home_unit, l->horizon->id, l->item[l->n - 1]) < 0)
        l->n--; /* another read may yet have rows before it */
    page->items = l->item;
    page->n = l->n < l->q->limit ? l->n : l->q->limit;
    page->next = l->n > l->q->limit ? cursor_of(l->a, l->item[l->q->limit - 1]) : l->horizon ? cursor_of(l->a, l->horizon) : STR("");
    return e;
}

/* --- search --- */

struct words {
    struct str from[DOSSIER_WORDS_MAX], to[DOSSIER_WORDS_MAX]; /* a word is a prefix: from <= term < to */
    struct str within[DOSSIER_WORDS_MAX];                      /* as it begins in a dossier's own text of words */
    size_t n;
};
struct found {
    struct dossier_ref *ref;
    size_t n, max;
};

static void words_of(struct listing *l, struct words *w)
{
    struct str folded = vn_fold(l->a, str_sub(l->q->q, 0, 400)), word;
    w->n = 0;
    while (w->n < DOSSIER_WORDS_MAX && folded.n && str_next(&folded, ' ', &word))
        if (word.n) {
            word = str_sub(word, 0, DOSSIER_TERM_BYTES_MAX);
            while (word.n && !vn_valid_utf8(word)) /* cut inside a letter */
                word.n--;
            w->from[w->n] = word;
            w->within[w->n] = str_printf(l->a, " %.*s", PRS(word));
            w->to[w->n++] = str_printf(l->a, "%.*s\xf4\x8f\xbf\xbd", PRS(word)); /* the last letter there is */
        }
}

static void add_found(struct listing *l, struct found *f, struct str home, struct id id)
{
    if (f->n == f->max) {
        f->max = f->max ? 2 * f->max : 64;
        struct dossier_ref *more = ARENA_ARRAY(l->a, struct dossier_ref, f->max);
        if (f->n)
            memcpy(more, f->ref, f->n * sizeof *more);
        f->ref = more;
    }
    f->ref[f->n++] = (struct dossier_ref){str_dup(l->a, home), id};
}

static enum err count_word(struct listing *l, struct str audience, const struct words *w, size_t i, int64_t *n_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(l->db, &r, STMT_DOSSIER_TERM_COUNT, p_text(audience), p_text(w->from[i]), p_text(w->to[i]), p_int(DOSSIER_SCAN_MAX + 1));
    if (e)
        return e;
    *n_r = rows_next(&r) ? row_i64(&r, 0) : 0;
    return rows_end(&r);
}

static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            return true;
    return false;
}

/* The rarest word leads. A word that the index does not have ends the search, unless it may be one of the parts of a code that stand only in
 * the dossier's own text. *best_r is w->n when no word leads to anything. */
static enum err most_selective(struct listing *l, struct str audience, const struct words *w, size_t *best_r)
{
    int64_t fewest = INT64_MAX, n;
    *best_r = w->n > 1 ? w->n : 0;
    for (size_t i = 0; i < w->n && w->n > 1; i++) {
        enum err e = count_word(l, audience, w, i, &n);
        if (e)
            return e;
        if (!n && !has_digit(w->from[i])) {
            *best_r = w->n;
            return ERR_OK;
        }
        if (n && n < fewest) {
            fewest = n;
            *best_r = i;
        }
    }
    return ERR_OK;
}

static enum err search_words(struct listing *l, struct str audience, const struct words *w, struct found *f)
{
    size_t best, at = 5;
    enum err e = most_selective(l, audience, w, &best);
    if (e || best == w->n)
        return e;
    struct param p[5 + DOSSIER_WORDS_MAX - 1] = {p_text(audience), p_text(w->from[best]), p_text(w->to[best]), p_int(DOSSIER_SCAN_MAX),
                                                 p_int(DOSSIER_SEARCH_MAX)};
    for (size_t i = 0; i < w->n; i++)
        if (i != best)
            p[at++] = p_text(w->within[i]);
    while (at < ARRAY_LEN(p))
        p[at++] = p_c(""); /* is in every text */
    struct rows r _rows_ = {0};
    e = db_query_params(l->db, &r, STMT_DOSSIER_SEARCH, w->n > 1 ? FRAG_DOSSIER_SEARCH_OTHERS : 0, p, ARRAY_LEN(p));
    while (!e && rows_next(&r)) {
        struct id id;
        memcpy(id.b, row_str(&r, 1).p, ID_BYTES);
        add_found(l, f, row_str(&r, 0), id);
    }
    return e ? e : rows_end(&r);
}

static bool has_words(struct arena *a, const struct dossier_item *it, const struct words *w)
{
    struct str text = vn_fold(a, str_printf(a, "%.*s %.*s %.*s", PRS(it->code), PRS(it->owner), PRS(it->submitter)));
    for (size_t i = 0; i < w->n; i++) {
        struct str rest = text, word;
        bool any = false;
        while (!any && rest.n && str_next(&rest, ' ', &word))
            any = str_has_prefix(word, w->from[i]);
        if (!any)
            return false;
    }
    return true;
}

/* One's own dossiers have no words in the index: they are few, and looked through. */
static enum err search_own(struct listing *l, struct str audience, const struct words *w, struct found *f)
{
    struct listing own = *l;
    own.max = DOSSIER_SEARCH_MAX;
    own.n = 0;
    own.item = ARENA_ARRAY(l->a, const struct dossier_item *, own.max + 1);
    own.audiences = 1;
    own.audience[0] = audience;
    own.after_rank = INT64_MIN; /* the cursor of a search is of what was found, not of the rows */
    own.after_home = STR("");
    own.horizon = NULL;
    enum err e = read_all(&own, ALL_LISTS);
    for (size_t i = 0; i < own.n && !e; i++)
        if (has_words(l->a, own.item[i], w))
            add_found(l, f, own.item[i]->home_unit, own.item[i]->id);
    return e;
}

/* Of what was found by number or code, only what the actor may see: asked of the dossier itself. */
static enum err add_visible(struct listing *l, struct str home, struct id id, struct found *f)
{
    struct dossier d = {0};
    int64_t seq;
    enum err e = stream_load(&dossier_aggregate, l->k, l->db, l->a, home, id, INT64_MAX, &d, &seq);
    if (!e && dossier_visible(&d, l->actor))
        add_found(l, f, home, id);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err search_person(struct listing *l, struct str number, struct found *f)
{
    struct dossier_ref *refs;
    size_t n;
    enum err e = dossiers_of_person(l->k, l->db, l->a, number, &refs, &n);
    for (size_t i = 0; i < n && !e && f->n < DOSSIER_SEARCH_MAX; i++)
        e = add_visible(l, refs[i].home_unit, refs[i].id, f);
    return e;
}

static enum err search_code(struct listing *l, struct str code, struct found *f)
{
    struct str home;
    struct id id;
    if (code.n > 120)
        return ERR_OK;
    enum err e = dossier_find(l->db, code, &home, &id, l->a);
    return e == ERR_NOT_FOUND ? ERR_OK : e ? e : add_visible(l, home, id, f);
}

static int newest_first(const void *x, const void *y)
{
    const struct dossier_ref *a = x, *b = y;
    int c = memcmp(b->id.b, a->id.b, ID_BYTES); /* ids begin with the time of submission */
    return c ? c : str_cmp(a->home_unit, b->home_unit);
}

static enum err gather(struct listing *l, struct found *f)
{
    struct str q = str_trim(l->q->q);
    struct words w;
    if (q.n == 12 && str_all_digits(q))
        return search_person(l, q, f);
    enum err e = search_code(l, q, f);
    if (e || f->n)
        return e;
    words_of(l, &w);
    for (size_t i = 0; i < l->audiences && !e && w.n; i++)
        e = l->audience[i].p[0] == 'o' ? search_own(l, l->audience[i], &w, f) : search_words(l, l->audience[i], &w, f);
    return e;
}

static bool passes(const struct listing *l, const struct dossier_item *it)
{
    const struct dossier_list_query *q = l->q;
    unsigned list = it->voided ? 1u : 1u << it->state;
    return (!q->lists || (q->lists & list)) && (!q->unit.n || str_eq(it->home_unit, q->unit) || str_eq(it->competent_unit, q->unit))
        && (!q->task.n || str_eq(it->task, q->task)) && (!q->officer.n || str_eq(it->officer, q->officer)) && (!q->due_before || (it->due_at > 0 && it->due_at < q->due_before));
}

static enum err search(struct listing *l, struct dossier_page *page)
{
    struct found f = {0};
    enum err e = gather(l, &f);
    if (f.n)
        qsort(f.ref, f.n, sizeof *f.ref, newest_first);
    l->item = ARENA_ARRAY(l->a, const struct dossier_item *, l->q->limit + 1);
    struct dossier_ref after = {l->after_home, l->after_id};
    size_t candidates = 0;
    for (size_t i = 0; i < f.n && !e && l->n <= l->q->limit && candidates < DOSSIER_SEARCH_MAX; i++) {
        if (i && newest_first(&f.ref[i], &f.ref[i - 1]) == 0)
            continue;
        candidates++;
        if (l->q->cursor.n && newest_first(&f.ref[i], &after) <= 0)
            continue;
        struct rows r _rows_ = {0};
        e = db_query(l->db, &r, STMT_DOSSIER_ITEM, p_text(f.ref[i].home_unit), p_bytes(id_str(&f.ref[i].id)));
        if (!e && rows_next(&r)) {
            const struct dossier_item *it = take(l, &r);
            if (passes(l, it))
                l->item[l->n++] = it;
        }
        if (!e)
            e = rows_end(&r);
    }
    page->items = l->item;
    page->n = l->n < l->q->limit ? l->n : l->q->limit;
    page->next = l->n > l->q->limit ? cursor_of(l->a, l->item[l->q->limit - 1]) : STR("");
    return e;
}

enum err dossier_list(const struct keyring *k, const struct rules *rules, struct db *db, struct arena *a, const struct actor *actor,
                      const struct dossier_list_query *query, int64_t now, struct dossier_page *page_r, struct fail *f)
{
    struct dossier_list_query q = *query;
    struct listing *l = ARENA_NEW(a, struct listing);
    q.limit = q.limit < 1 ? 1 : q.limit > DOSSIER_LIST_MAX ? DOSSIER_LIST_MAX : q.limit;
    *l = (struct listing){.k = k, .rules = rules, .db = db, .a = a, .actor = actor, .q = &q, .now = now};
    *page_r = (struct dossier_page){.next = STR("")};
    if (!cursor_parse(l))
        return fail_add(f, ERR_MALFORMED, NULL, "cursor", "query.cursor", NULL);
    whose(l);
    enum err e = db_begin_snapshot(db); /* a dossier that moves from one state to another is read once */
    if (e)
        return e;
    bool searching = str_trim(q.q).n > 0;
    e = searching ? search(l, page_r) : list(l, page_r);
    db_rollback(db);
    return e;
}
