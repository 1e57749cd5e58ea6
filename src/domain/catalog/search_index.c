/* The inverted index over folded words: a sorted table of words, for each the rows whose name holds it and those whose sector does,
 * and all names as numbers, so that a phrase is found by comparing numbers. Also the everyday words of synonyms.tsv. */
#include "catalog_private.h"
#include "base/dataset.h"
#include "base/vn.h"
#include <stdlib.h>

enum { NAME_WORDS_MAX = 400 };

/* --- Everyday words ----------------------------------------------------------------------------------------------------------- */

bool phrases_load(struct catalog *c, struct str text, struct fail *f)
{
    struct tsv t;
    size_t cap = 1;
    for (size_t i = 0; i < text.n; i++)
        cap += text.p[i] == '\n';
    c->phrase = catalog_alloc(c, cap * sizeof *c->phrase);
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
    }
    return true;
}

/* --- Building ----------------------------------------------------------------------------------------------------------------- */

static int token_cmp(const void *a, const void *b, void *texts)
{
    const struct str *t = texts;
    return str_cmp(t[*(const uint32_t *)a], t[*(const uint32_t *)b]);
}

static uint32_t token_id(struct catalog *c, struct strmap *m, struct str **texts, size_t *cap, struct str key)
{
    bool fresh;
    uint32_t id = strmap_put(m, c->a, key, (uint32_t)m->n, &fresh);
    if (fresh) {
        if (id == *cap) {
            struct str *more = ARENA_ARRAY(c->a, struct str, *cap * 2);
            memcpy(more, *texts, *cap * sizeof *more);
            *texts = more;
            *cap *= 2;
        }
        (*texts)[id] = key;
    }
    return id;
}

/* Turns (entry, token) pairs into lists by token, entries ascending, each once. */
static void lists_make(struct catalog *c, const uint32_t *token, const uint16_t *entry, size_t pairs, size_t tokens, uint32_t **at_r, uint16_t **list_r)
{
    uint32_t *at = catalog_alloc(c, (tokens + 2) * sizeof *at);
    uint16_t *list = catalog_alloc(c, (pairs ? pairs : 1) * sizeof *list);
    for (size_t i = 0; i < pairs; i++)
        at[token[i] + 2]++;
    for (size_t t = 0; t < tokens; t++)
        at[t + 2] += at[t + 1];
    for (size_t i = 0; i < pairs; i++)
        list[at[token[i] + 1]++] = entry[i];
    *at_r = at;
    *list_r = list;
}

bool index_build(struct catalog *c, struct fail *f)
{
    struct index *x = &c->index;
    struct arena *scratch _arena_ = arena_new();
    struct word *word = ARENA_ARRAY(scratch, struct word, NAME_WORDS_MAX);
    size_t cap = 4096, total = 0, room = 0, pairs = 0, sector_pairs = 0;
    struct str *texts = ARENA_ARRAY(c->a, struct str, cap);
    strmap_init(&x->by_text, c->a, cap);
    for (size_t i = 0; i < c->entries; i++)
        room += c->version[c->entry[i].version].folded.n / 2 + 1;
    uint32_t *token = ARENA_ARRAY(scratch, uint32_t, room), *pair_token = ARENA_ARRAY(scratch, uint32_t, room),
             *sector_token = ARENA_ARRAY(scratch, uint32_t, c->entries * 24);
    uint16_t *mark = ARENA_ARRAY(scratch, uint16_t, room), *pair_entry = ARENA_ARRAY(scratch, uint16_t, room),
             *sector_entry = ARENA_ARRAY(scratch, uint16_t, c->entries * 24);
    uint32_t *seen = ARENA_ARRAY(scratch, uint32_t, 65536);
    struct strmap sectors;
    struct { uint32_t n, id[24]; } *sector_words = ARENA_ARRAY(scratch, __typeof__(*sector_words), 2048);
    strmap_init(&sectors, scratch, 1024);
    x->sector_of = catalog_alloc(c, (c->entries ? c->entries : 1) * sizeof *x->sector_of);
    x->sector_folded = catalog_alloc(c, 2048 * sizeof *x->sector_folded);
    for (size_t i = 0; i < c->entries; i++) {
        struct entry *e = &c->entry[i];
        const struct procedure *p = &c->version[e->version];
        size_t n = words_of(c, c->a, p->name, p->folded, word, NAME_WORDS_MAX);
        e->words_at = (uint32_t)total;
        e->words = e->core = (uint16_t)n;
        for (size_t k = 0; k < n; k++) {
            uint32_t id = token_id(c, &x->by_text, &texts, &cap, word[k].text);
            if (id >= TOKEN_NONE)
                return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.bad_row", "too many words"), false;
            token[total] = id;
            mark[total++] = word[k].mark;
            if (seen[id] != i + 1) {
                seen[id] = (uint32_t)i + 1;
                pair_token[pairs] = id;
                pair_entry[pairs++] = (uint16_t)i;
            }
        }
        ptrdiff_t bracket = str_find_char(p->name, '(');
        if (bracket > 0) {
            struct str before = vn_fold(scratch, str_sub(p->name, 0, (size_t)bracket));
            size_t words = before.n > 0;
            for (size_t k = 0; k < before.n; k++)
                words += before.p[k] == ' ';
            e->core = words && words <= n ? (uint16_t)words : e->core;
        }
        bool fresh;
        uint32_t s = strmap_put(&sectors, scratch, p->sector, (uint32_t)sectors.n, &fresh);
        if (s >= 2048)
            return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.bad_row", "too many sectors"), false;
        x->sector_of[i] = (uint16_t)s;
        if (fresh) {
            x->sector_folded[s] = vn_fold(c->a, p->sector);
            sector_words[s].n = (uint32_t)words_of(c, c->a, p->sector, x->sector_folded[s], word, 24);
            for (size_t k = 0; k < sector_words[s].n; k++)
                if ((sector_words[s].id[k] = token_id(c, &x->by_text, &texts, &cap, word[k].text)) >= TOKEN_NONE)
                    return fail_add(f, ERR_CORRUPT, "", "/procedures.tsv", "catalog.bad_row", "too many words"), false;
        }
        for (size_t k = 0; k < sector_words[s].n; k++)
            if (seen[sector_words[s].id[k]] != i + 1) {
                seen[sector_words[s].id[k]] = (uint32_t)i + 1;
                sector_token[sector_pairs] = sector_words[s].id[k];
                sector_entry[sector_pairs++] = (uint16_t)i;
            }
    }

    /* Sort the table and renumber. */
    x->tokens = x->by_text.n;
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, x->tokens), *rank = ARENA_ARRAY(scratch, uint32_t, x->tokens);
    for (size_t i = 0; i < x->tokens; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, x->tokens, sizeof *order, token_cmp, texts);
    x->token = catalog_alloc(c, x->tokens * sizeof *x->token);
    for (size_t i = 0; i < x->tokens; i++) {
        x->token[i] = texts[order[i]];
        rank[order[i]] = (uint32_t)i;
    }
    for (size_t i = 0; i < x->by_text.cap; i++)
        if (x->by_text.slots[i].key.p)
            x->by_text.slots[i].value = rank[x->by_text.slots[i].value];
    x->word = catalog_alloc(c, (total ? total : 1) * sizeof *x->word);
    x->mark = catalog_alloc(c, (total ? total : 1) * sizeof *x->mark);
    for (size_t i = 0; i < total; i++) {
        x->word[i] = (uint16_t)rank[token[i]];
        x->mark[i] = mark[i];
    }
    for (size_t i = 0; i < pairs; i++)
        pair_token[i] = rank[pair_token[i]];
    for (size_t i = 0; i < sector_pairs; i++)
        sector_token[i] = rank[sector_token[i]];
    lists_make(c, pair_token, pair_entry, pairs, x->tokens, &x->names_at, &x->names);
    lists_make(c, sector_token, sector_entry, sector_pairs, x->tokens, &x->sectors_at, &x->sectors);
    c->bytes += (x->by_text.cap + cap) * sizeof(struct strmap_slot);

    /* Everyday words as numbers; how many of them a name begins with ("Thủ tục", "Đăng ký", "Cấp" say little). */
    for (size_t i = 0; i < c->phrases; i++)
        for (size_t k = 0; k < c->phrase[i].words; k++) {
            uint32_t id;
            c->phrase[i].token[k] = strmap_get(&x->by_text, c->phrase[i].key[k], &id) ? (uint16_t)id : TOKEN_NONE;
        }
    for (size_t i = 0; i < c->entries; i++) {
        struct entry *e = &c->entry[i];
        for (bool more = true; more;) {
            more = false;
            for (size_t k = 0; k < c->phrases && !more; k++) {
                const struct phrase *p = &c->phrase[k];
                if (p->kind == PHRASE_LEAD && e->lead + p->words < e->words
                    && memcmp(&x->word[e->words_at + e->lead], p->token, p->words * sizeof(uint16_t)) == 0) {
                    e->lead = (uint16_t)(e->lead + p->words);
                    more = true;
                }
            }
        }
    }
    return true;
}
