/* The inverted index over folded words: a sorted table of words, for each the set of rows whose name holds it and of those whose sector
 * does, and all names as numbers, so that a phrase is found by comparing numbers. Also the everyday words of synonyms.tsv.
 *
 * A set is a bit a row: 817 bytes for each of some 1,100 words, 0.9 MB. Lists of rows would be a quarter of that, but "all words of the
 * query" over sets is a hundred ANDs a word, however common the word. */
#include "search_private.h"
#include "base/dataset.h"
#include "base/vn.h"
#include <stdlib.h>

enum { NAME_WORDS_MAX = 400, SECTORS_MAX = 2048, SECTOR_WORDS_MAX = 24 };

/* --- Everyday words ----------------------------------------------------------------------------------------------------------- */

/* The last of the phrases that begin with the same word. */
static struct phrase *phrase_behind(struct catalog *c, uint32_t first)
{
    while (c->phrase[first - 1].next)
        first = c->phrase[first - 1].next;
    return &c->phrase[first - 1];
}

bool phrases_load(struct catalog *c, struct str text, struct fail *f)
{
    struct tsv t;
    size_t cap = 1;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n';
    c->phrase = catalog_alloc(c, cap * sizeof *c->phrase);
    strmap_init(&c->phrase_by_word, c->a, 16);
    if (!tsv_open(&t, text))
        return true; /* a catalogue without everyday words still works */
    int kind = tsv_column(&t, "kind"), phrase = tsv_column(&t, "phrase"), means = tsv_column(&t, "means");
    while (tsv_row(&t)) {
        struct phrase *p = &c->phrase[c->phrases];
        struct str k = tsv_cell(&t, kind);
        struct word word[9];
        *p = (struct phrase){.text = tsv_cell(&t, phrase), .means = tsv_cell(&t, means)};
        p->kind = str_is(k, "procedure") ? PHRASE_PROCEDURE : str_is(k, "words") ? PHRASE_WORDS : str_is(k, "lead") ? PHRASE_LEAD : PHRASE_FILLER;
        size_t n = words_of(c, c->a, p->text, vn_fold(c->a, p->text), word, 9);
        if (n == 0 || n > 8 || (p->kind == PHRASE_FILLER && !str_is(k, "filler")) || (p->kind <= PHRASE_WORDS && !p->means.n)) {
            fail_add(f, ERR_CORRUPT, "", "/synonyms.tsv", "catalog.bad_row", "line %zu", t.line);
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            p->key[i] = word[i].text;
            p->mark[i] = word[i].mark;
        }
        p->words = (uint16_t)n;
        c->phrases++;
        bool fresh;
        uint32_t first = strmap_put(&c->phrase_by_word, c->a, p->key[0], (uint32_t)c->phrases, &fresh);
        if (!fresh)
            phrase_behind(c, first)->next = (uint32_t)c->phrases;
    }
    return true;
}

/* --- Building ----------------------------------------------------------------------------------------------------------------- */

struct building {
    struct catalog *c;
    struct arena *scratch;
    struct word *word;   /* of one text */
    struct str *text;    /* of each token, in the order in which they were met */
    size_t text_cap, total;
    uint32_t *token;     /* of all names, one after another */
    uint16_t *mark;
    struct strmap sectors;
    struct sector { uint32_t n, token[SECTOR_WORDS_MAX]; } *sector;
};

static int token_cmp(const void *a, const void *b, void *texts)
{
    const struct str *t = texts;
    return str_cmp(t[*(const uint32_t *)a], t[*(const uint32_t *)b]);
}

static uint32_t token_id(struct building *b, struct str key)
{
    bool fresh;
    struct strmap *m = &b->c->index.by_text;
    uint32_t id = strmap_put(m, b->c->a, key, (uint32_t)m->n, &fresh);
    if (fresh) {
        if (id == b->text_cap) {
            struct str *more = ARENA_ARRAY(b->scratch, struct str, b->text_cap * 2);
            memcpy(more, b->text, b->text_cap * sizeof *more);
            b->text = more;
            b->text_cap *= 2;
        }
        b->text[id] = key;
    }
    return id;
}

/* How many words stand before the bracket of "Đăng ký khai sinh (cấp xã)". */
static uint16_t core_of(struct arena *scratch, struct str name, size_t n)
{
    ptrdiff_t bracket = str_find_char(name, '(');
    if (bracket <= 0)
        return (uint16_t)n;
    struct str before = vn_fold(scratch, str_sub(name, 0, (size_t)bracket));
    size_t words = before.n > 0;
    for (size_t k = 0; k < before.n; k++)
        words += before.p[k] == ' ';
    return (uint16_t)(words && words <= n ? words : n);
}

static bool name_add(struct building *b, size_t i)
{
    struct catalog *c = b->c;
    struct standing *at = &c->index.standing[i];
    const struct procedure *p = &c->version[c->entry[i].version];
    size_t n = words_of(c, c->a, p->name, p->folded, b->word, NAME_WORDS_MAX);
    *at = (struct standing){.use = p->weight < 0 ? 0 : p->weight, .words_at = (uint32_t)b->total, .words = (uint16_t)n,
                            .core = core_of(b->scratch, p->name, n), .levels = (uint8_t)p->levels,
                            .plain = c->entry[i].versions == 1 && p->valid_from == INT64_MIN && p->valid_to == INT64_MAX && !p->own_province.n,
                            .receivable = p->listed && !p->internal};
    for (size_t k = 0; k < n; k++) {
        b->token[b->total] = token_id(b, b->word[k].text);
        b->mark[b->total] = b->word[k].mark;
        if (b->token[b->total++] >= TOKEN_NONE)
            return false;
    }
    return true;
}

static bool sector_add(struct building *b, size_t i)
{
    struct catalog *c = b->c;
    struct index *x = &c->index;
    struct str name = c->version[c->entry[i].version].sector;
    bool fresh;
    uint32_t s = strmap_put(&b->sectors, b->scratch, name, (uint32_t)b->sectors.n, &fresh);
    if (s >= SECTORS_MAX)
        return false;
    x->sector_of[i] = (uint16_t)s;
    if (!fresh)
        return true;
    x->sector_folded[s] = vn_fold(c->a, name);
    b->sector[s].n = (uint32_t)words_of(c, c->a, name, x->sector_folded[s], b->word, SECTOR_WORDS_MAX);
    for (size_t k = 0; k < b->sector[s].n; k++)
        if ((b->sector[s].token[k] = token_id(b, b->word[k].text)) >= TOKEN_NONE)
            return false;
    return true;
}

/* Sorts the table of words, and gives all of them the number of their place in it. */
static void tokens_sort(struct building *b)
{
    struct catalog *c = b->c;
    struct index *x = &c->index;
    size_t n = x->tokens = x->by_text.n;
    uint32_t *order = ARENA_ARRAY(b->scratch, uint32_t, n), *place = ARENA_ARRAY(b->scratch, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, token_cmp, b->text);
    x->token = catalog_alloc(c, n * sizeof *x->token);
    x->letters = catalog_alloc(c, n * sizeof *x->letters);
    for (size_t i = 0; i < n; i++) {
        x->token[i] = b->text[order[i]];
        x->letters[i] = letters_of(x->token[i]);
        place[order[i]] = (uint32_t)i;
    }
    for (size_t i = 0; i < x->by_text.cap; i++)
        if (x->by_text.slots[i].key.p)
            x->by_text.slots[i].value = place[x->by_text.slots[i].value];
    x->word = catalog_alloc(c, (b->total ? b->total : 1) * sizeof *x->word);
    x->mark = catalog_alloc(c, (b->total ? b->total : 1) * sizeof *x->mark);
    for (size_t i = 0; i < b->total; i++) {
        x->word[i] = (uint16_t)place[b->token[i]];
        x->mark[i] = b->mark[i];
    }
    for (size_t s = 0; s < b->sectors.n; s++)
        for (size_t k = 0; k < b->sector[s].n; k++)
            b->sector[s].token[k] = place[b->sector[s].token[k]];
    c->bytes += x->by_text.cap * sizeof(struct strmap_slot);
}

static void sets_make(struct building *b)
{
    struct catalog *c = b->c;
    struct index *x = &c->index;
    size_t sets = 1; /* the first one is empty: for words that are in no sector */
    x->width = (c->entries + 63) / 64;
    x->names = catalog_alloc(c, x->tokens * x->width * sizeof *x->names);
    x->rows = catalog_alloc(c, x->tokens * sizeof *x->rows);
    x->sector_set = catalog_alloc(c, x->tokens * sizeof *x->sector_set);
    for (size_t s = 0; s < b->sectors.n; s++)
        for (size_t k = 0; k < b->sector[s].n; k++)
            if (!x->sector_set[b->sector[s].token[k]])
                x->sector_set[b->sector[s].token[k]] = (uint16_t)sets++;
    x->sectors = catalog_alloc(c, sets * x->width * sizeof *x->sectors);
    for (size_t i = 0; i < c->entries; i++) {
        const struct standing *at = &x->standing[i];
        const struct sector *s = &b->sector[x->sector_of[i]];
        for (size_t k = 0; k < at->words; k++) {
            uint64_t *set = x->names + x->word[at->words_at + k] * x->width;
            x->rows[x->word[at->words_at + k]] += !in_set(set, i);
            put_in_set(set, i);
        }
        for (size_t k = 0; k < s->n; k++)
            put_in_set(x->sectors + x->sector_set[s->token[k]] * x->width, i);
    }
}

/* Everyday words as numbers; how many of them a name begins with ("Thủ tục", "Đăng ký", "Cấp" say little). */
static void leads_count(struct catalog *c, struct arena *scratch)
{
    struct index *x = &c->index;
    struct phrase **lead = ARENA_ARRAY(scratch, struct phrase *, c->phrases);
    size_t leads = 0;
    for (size_t i = 0; i < c->phrases; i++) {
        struct phrase *p = &c->phrase[i];
        for (size_t k = 0; k < p->words; k++) {
            uint32_t id;
            p->token[k] = strmap_get(&x->by_text, p->key[k], &id) ? (uint16_t)id : TOKEN_NONE;
        }
        if (p->kind == PHRASE_LEAD)
            lead[leads++] = p;
    }
    for (size_t i = 0; i < c->entries; i++) {
        struct standing *at = &x->standing[i];
        for (size_t k = 0; k < leads;) {
            const struct phrase *p = lead[k];
            bool there = at->lead + p->words < at->words && memcmp(&x->word[at->words_at + at->lead], p->token, p->words * sizeof(uint16_t)) == 0;
            at->lead = (uint16_t)(at->lead + (there ? p->words : 0));
            k = there ? 0 : k + 1;
        }
    }
}

bool index_build(struct catalog *c, struct fail *f)
{
    struct index *x = &c->index;
    struct arena *scratch _arena_ = arena_new();
    struct building b = {.c = c, .scratch = scratch, .word = ARENA_ARRAY(scratch, struct word, NAME_WORDS_MAX), .text_cap = 4096,
                         .sector = ARENA_ARRAY(scratch, struct sector, SECTORS_MAX)};
    size_t room = 0, n = c->entries ? c->entries : 1;
    for (size_t i = 0; i < c->entries; i++)
        room += c->version[c->entry[i].version].folded.n / 2 + 1;
    b.text = ARENA_ARRAY(scratch, struct str, b.text_cap);
    b.token = ARENA_ARRAY(scratch, uint32_t, room);
    b.mark = ARENA_ARRAY(scratch, uint16_t, room);
    strmap_init(&x->by_text, c->a, 1024);
    strmap_init(&b.sectors, scratch, 1024);
    x->standing = catalog_alloc(c, n * sizeof *x->standing);
    x->sector_of = catalog_alloc(c, n * sizeof *x->sector_of);
    x->sector_folded = catalog_alloc(c, SECTORS_MAX * sizeof *x->sector_folded);
    for (size_t i = 0; i < c->entries; i++)
        if (!name_add(&b, i) || !sector_add(&b, i))
            return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.bad_row", "too many words or sectors"), false;
    tokens_sort(&b);
    sets_make(&b);
    leads_count(c, scratch);
    return true;
}
