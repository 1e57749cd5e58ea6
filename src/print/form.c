/* Reading forms; see form.h for what they may say. */
#include "print/form.h"
#include "base/timex.h"
#include <stdlib.h>

#define MM (72.0 / 25.4)

struct parser {
    struct arena *a;
    struct form *form;
    struct fail *f;
    struct block *open[FORM_DEPTH_MAX]; /* the innermost last; [0] is the form itself */
    size_t depth, line;
};

static enum err wrong(struct parser *p, const char *what)
{
    return fail_add(p->f, ERR_CORRUPT, "R-120", "", "print.form", "%zu: %s", p->line, what);
}

static struct str word(struct str *rest)
{
    struct str w;
    *rest = str_trim(*rest);
    if (!str_next(rest, ' ', &w))
        w = STR("");
    *rest = rest->p ? str_trim(*rest) : STR("");
    return w;
}

/* "10.5" within what a paper can hold. */
static bool number(struct str s, double *out)
{
    char text[16], *end;
    if (!s.n || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *out = strtod(text, &end);
    return *end == 0 && *out >= 0 && *out <= 500;
}

/* --- a text with its holes --- */

static bool hole(struct run *r, struct str inside)
{
    struct str part;
    bool first = true;
    while (str_next(&inside, '|', &part)) {
        if (first)
            r->path = part;
        else if (str_is(part, "upper"))
            r->upper = true;
        else if (str_is(part, "dots"))
            r->dots = true;
        else
            return false;
        first = false;
    }
    return r->path.n > 0;
}

static enum err text_parse(struct parser *p, struct str s, struct form_text *out)
{
    struct run run[FORM_RUNS_MAX], now = {.literal = STR("")};
    size_t n = 0, from = 0, i = 0;
    while (i <= s.n) {
        bool end = i == s.n, toggle = i + 1 < s.n && ((s.p[i] == '*' && s.p[i + 1] == '*') || (s.p[i] == '/' && s.p[i + 1] == '/')), open = !end && s.p[i] == '{';
        if (!end && !toggle && !open) {
            i++;
            continue;
        }
        if (n + 2 > FORM_RUNS_MAX)
            return wrong(p, "too many holes");
        if (i > from) {
            run[n] = now;
            run[n++].literal = str_sub(s, from, i - from);
        }
        if (end)
            break;
        if (toggle && s.p[i] == '*')
            now.bold = !now.bold;
        else if (toggle)
            now.italic = !now.italic;
        if (open) {
            ptrdiff_t close = str_find_char(str_sub(s, i, s.n), '}');
            run[n] = now;
            if (close < 0 || !hole(&run[n], str_sub(s, i + 1, (size_t)close - 1)))
                return wrong(p, "a hole");
            n++;
            i += (size_t)close + 1;
        } else
            i += 2;
        from = i;
    }
    struct run *kept = ARENA_ARRAY(p->a, struct run, n + 1);
    memcpy(kept, run, n * sizeof *run);
    *out = (struct form_text){kept, n};
    return ERR_OK;
}

/* --- statements --- */

static struct block *add(struct parser *p, enum block_kind kind)
{
    struct block *b = ARENA_NEW(p->a, struct block), *in = p->open[p->depth];
    b->kind = kind;
    if (in->last)
        in->last->next = b;
    else
        in->child = b;
    in->last = b;
    return b;
}

static enum err enter(struct parser *p, struct block *b)
{
    if (p->depth + 1 >= FORM_DEPTH_MAX)
        return wrong(p, "too deep");
    p->open[++p->depth] = b;
    return ERR_OK;
}

static bool option(struct style *s, struct str w)
{
    static const struct { const char *word; enum align align; } aligns[] = {{"left", ALIGN_LEFT}, {"center", ALIGN_CENTER}, {"right", ALIGN_RIGHT}, {"justify", ALIGN_JUSTIFY}};
    for (size_t i = 0; i < ARRAY_LEN(aligns); i++)
        if (str_is(w, aligns[i].word)) {
            s->align = aligns[i].align;
            return true;
        }
    if (str_is(w, "bold"))
        return s->bold = true;
    if (str_is(w, "italic"))
        return s->italic = true;
    ptrdiff_t eq = str_find_char(w, '=');
    double v;
    if (eq < 0 || !number(str_sub(w, (size_t)eq + 1, w.n), &v))
        return false;
    struct str name = str_sub(w, 0, (size_t)eq);
    const struct { const char *word; double *at, unit; } lengths[] = {{"size", &s->size, 1}, {"before", &s->before, MM}, {"after", &s->after, MM}, {"indent", &s->indent, MM}, {"lead", &s->lead, 1}};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
        if (str_is(name, lengths[i].word)) {
            *lengths[i].at = v * lengths[i].unit;
            return true;
        }
    return false;
}

static enum err paragraph(struct parser *p, struct str rest)
{
    struct block *b = add(p, BLOCK_TEXT);
    if (rest.n && rest.p[0] == '(') {
        ptrdiff_t close = str_find_char(rest, ')');
        if (close < 0)
            return wrong(p, "options without end");
        struct str options = str_sub(rest, 1, (size_t)close - 1), w;
        while ((w = word(&options)).n)
            if (!option(&b->style, w))
                return wrong(p, "an option");
        rest = str_sub(rest, (size_t)close + 1, rest.n);
    }
    return text_parse(p, str_trim(rest), &b->text);
}

static enum err columns(struct parser *p, struct str rest)
{
    struct block *b = add(p, BLOCK_COLUMNS);
    enum err e = enter(p, b);
    struct str w;
    double sum = 0, v;
    while (!e && (w = word(&rest)).n) {
        if (!number(w, &v) || v <= 0 || (sum += v) > 100.01)
            return wrong(p, "widths");
        add(p, BLOCK_COLUMN)->amount = v;
    }
    return e ? e : b->child ? enter(p, b->child) : wrong(p, "widths");
}

static enum err next(struct parser *p)
{
    struct block *b = p->open[p->depth];
    if (b->kind == BLOCK_COLUMN && b->next) {
        p->open[p->depth] = b->next;
        return ERR_OK;
    }
    return wrong(p, "next");
}

static enum err end(struct parser *p)
{
    if (!p->depth)
        return wrong(p, "end of nothing");
    enum block_kind kind = p->open[p->depth]->kind;
    p->depth -= kind == BLOCK_COLUMN || kind == BLOCK_ELSE ? 2 : 1;
    return ERR_OK;
}

static enum err condition(struct parser *p, struct str rest)
{
    struct block *b = add(p, BLOCK_IF);
    b->unless = rest.n && rest.p[0] == '!';
    b->path = str_trim(str_sub(rest, b->unless ? 1 : 0, rest.n));
    return b->path.n ? enter(p, b) : wrong(p, "if of nothing");
}

static enum err otherwise(struct parser *p)
{
    return p->open[p->depth]->kind == BLOCK_IF ? enter(p, add(p, BLOCK_ELSE)) : wrong(p, "else without if");
}

static enum err column_of_table(struct parser *p, struct str rest)
{
    struct block *in = p->open[p->depth];
    struct str width = word(&rest), before = rest, w = word(&rest);
    if (in->kind != BLOCK_TABLE)
        return wrong(p, "col outside a table");
    struct block *b = add(p, BLOCK_COL);
    if (str_is(w, "center") || str_is(w, "right"))
        b->style.align = str_is(w, "right") ? ALIGN_RIGHT : ALIGN_CENTER;
    else
        rest = before;
    ptrdiff_t bar = str_find(rest, STR(" | "));
    if (!number(width, &b->amount) || b->amount <= 0 || bar < 0)
        return wrong(p, "col");
    enum err e = text_parse(p, str_trim(str_sub(rest, 0, (size_t)bar)), &b->head);
    return e ? e : text_parse(p, str_trim(str_sub(rest, (size_t)bar + 3, rest.n)), &b->text);
}

static enum err table(struct parser *p, struct str rest)
{
    struct block *b = add(p, BLOCK_TABLE);
    b->path = word(&rest);
    return b->path.n ? enter(p, b) : wrong(p, "table of nothing");
}

static enum err page(struct parser *p, struct str rest)
{
    struct str size = word(&rest);
    bool a5 = str_is(size, "A5"), wide = str_is(rest, "landscape");
    if (!a5 && !str_is(size, "A4"))
        return wrong(p, "page");
    double w = a5 ? 148 * MM : 210 * MM, h = a5 ? 210 * MM : 297 * MM;
    p->form->width = wide ? h : w;
    p->form->height = wide ? w : h;
    return ERR_OK;
}

static enum err margin(struct parser *p, struct str rest)
{
    double *const at[] = {&p->form->top, &p->form->right, &p->form->bottom, &p->form->left};
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        if (!number(word(&rest), at[i]) || *at[i] > 60)
            return wrong(p, "margin");
        *at[i] *= MM;
    }
    return ERR_OK;
}

static enum err copies(struct parser *p, struct str rest)
{
    struct str part;
    while (str_next(&rest, '|', &part)) {
        if (p->form->copies == FORM_COPIES_MAX)
            return wrong(p, "copies");
        p->form->copy[p->form->copies++] = str_trim(part);
    }
    return ERR_OK;
}

/* rule, space: a length; qr: a length and a text. */
static enum err figure(struct parser *p, enum block_kind kind, struct str rest)
{
    struct block *b = add(p, kind);
    if (!number(word(&rest), &b->amount))
        return wrong(p, "a number");
    if (kind != BLOCK_RULE)
        b->amount *= MM;
    b->style.align = kind == BLOCK_RULE && str_is(rest, "left") ? ALIGN_LEFT : ALIGN_CENTER;
    return kind == BLOCK_QR ? text_parse(p, rest, &b->text) : ERR_OK;
}

static enum err statement(struct parser *p, struct str line)
{
    struct str rest = line, w = word(&rest);
    if (p->open[p->depth]->kind == BLOCK_TABLE && !str_is(w, "col") && !str_is(w, "end"))
        return wrong(p, "only col within a table");
    if (w.n > 1 && w.p[0] == 'p' && w.p[1] == '(')
        return paragraph(p, str_sub(line, 1, line.n));
    return str_is(w, "p") ? paragraph(p, rest) : str_is(w, "columns") ? columns(p, rest) : str_is(w, "next") ? next(p) : str_is(w, "end") ? end(p)
        : str_is(w, "if") ? condition(p, rest) : str_is(w, "else") ? otherwise(p) : str_is(w, "table") ? table(p, rest) : str_is(w, "col") ? column_of_table(p, rest)
        : str_is(w, "rule") ? figure(p, BLOCK_RULE, rest) : str_is(w, "space") ? figure(p, BLOCK_SPACE, rest) : str_is(w, "qr") ? figure(p, BLOCK_QR, rest)
        : str_is(w, "page") ? page(p, rest) : str_is(w, "margin") ? margin(p, rest) : str_is(w, "copies") ? copies(p, rest)
        : str_is(w, "stamp") ? text_parse(p, rest, &p->form->stamp) : str_is(w, "foot") ? text_parse(p, rest, &p->form->foot)
        : str_is(w, "size") ? (number(rest, &p->form->size) && p->form->size >= 4 ? ERR_OK : wrong(p, "size")) : wrong(p, "an unknown word");
}

enum err form_read(struct arena *a, struct str text, struct form *out, struct fail *f)
{
    struct block *root = ARENA_NEW(a, struct block);
    *out = (struct form){.size = 11, .top = 15 * MM, .right = 15 * MM, .bottom = 15 * MM, .left = 15 * MM, .width = 210 * MM, .height = 297 * MM};
    struct parser p = {.a = a, .form = out, .f = f, .open = {root}};
    root->kind = BLOCK_COLUMN;
    struct str line;
    enum err e = ERR_OK;
    while (!e && str_next(&text, '\n', &line)) {
        p.line++;
        line = str_trim(line);
        if (line.n && line.p[0] != '#')
            e = statement(&p, line);
    }
    if (!e && p.depth)
        e = wrong(&p, "an end is missing");
    if (!e && (out->left + out->right > out->width - 100 || out->top + out->bottom > out->height - 100))
        e = wrong(&p, "nothing is left between the margins");
    out->blocks = root->child;
    return e;
}

const struct form_version *form_on(struct str name, int64_t day)
{
    for (size_t i = 0; i < form_version_count; i++)
        if (str_is(name, form_versions[i].name) && day >= form_versions[i].valid_from && day <= form_versions[i].valid_to)
            return &form_versions[i];
    return NULL;
}
