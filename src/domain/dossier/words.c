/* Words by which a dossier is found: of the names declared and of its code, folded (domain/dossier/list.c reads them).
 *
 * All of them stand once as a text in the dossier's own row, each behind a space: " h01 30292 261121 0007 nguyen thi hoa". The index
 * dossier_term holds, once for each audience, those that tell dossiers apart: the words of names and the last part of the code. The
 * other parts of a code are the same for everything that a desk receives on a day; they are looked for in the text, when another word or the
 * whole code has led to it. The text also says which rows of the index are this dossier's, so that they can be taken away without an index
 * of their own: a receipt writes half the rows that it would. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"

enum { WORDS_AT_ONCE = 8 };

/* At most max bytes, and no letter cut in two. */
static struct str beginning(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return str_sub(s, 0, max);
}

static bool contains(const struct str *list, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i], s))
            return true;
    return false;
}

static void add(struct str folded, struct str *terms, size_t *n)
{
    struct str word;
    while (*n < DOSSIER_TERMS_MAX && str_next(&folded, ' ', &word)) {
        word = beginning(word, DOSSIER_TERM_BYTES_MAX);
        if (word.n && !contains(terms, *n, word))
            terms[(*n)++] = word;
    }
}

struct str dossier_words(struct arena *a, struct str code, const json_t *parties)
{
    struct str terms[DOSSIER_TERMS_MAX];
    size_t n = 0, i, bytes = 0;
    const json_t *v;
    add(vn_fold(a, code), terms, &n);
    json_array_foreach(parties, i, v)
        add(vn_fold(a, get_s(v, "name")), terms, &n);
    for (i = 0; i < n; i++)
        bytes += 1 + terms[i].n;
    char *text = arena_alloc(a, bytes + 1), *to = text;
    for (i = 0; i < n; i++) {
        *to++ = ' ';
        memcpy(to, terms[i].p, terms[i].n);
        to += terms[i].n;
    }
    return str_bytes(text, bytes);
}

struct dossier_terms dossier_terms(struct arena *a, struct str code, struct str words)
{
    struct str of_code[DOSSIER_TERMS_MAX];
    struct dossier_terms t = {.n = 0};
    size_t parts = 0;
    add(vn_fold(a, code), of_code, &parts);
    add(words, t.term, &t.n);
    size_t skip = parts && parts <= t.n ? parts - 1 : 0;
    t.n -= skip;
    memmove(t.term, t.term + skip, t.n * sizeof *t.term);
    return t;
}

enum err dossier_terms_index(struct db *db, enum stmt_id add_or_drop, struct str audience, struct str home, struct id id, const struct dossier_terms *t)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < t->n && !e; i += WORDS_AT_ONCE) { /* a word at a time was every other statement of a receipt */
        struct param w[WORDS_AT_ONCE];
        for (size_t k = 0; k < WORDS_AT_ONCE; k++)
            w[k] = i + k < t->n ? p_text(t->term[i + k]) : p_null();
        e = db_exec(db, add_or_drop, p_text(audience), p_text(home), p_bytes(id_str(&id)), w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
    }
    return e;
}

enum err dossier_words_of(struct db *db, struct arena *a, struct str home, struct id id, struct str *words_r)
{
    struct rows r _rows_ = {0};
    enum err e = db_query(db, &r, STMT_DOSSIER_WORDS, p_text(home), p_bytes(id_str(&id)));
    *words_r = STR("");
    if (!e && rows_next(&r))
        *words_r = str_dup(a, row_str(&r, 0));
    return e ? e : rows_end(&r);
}
