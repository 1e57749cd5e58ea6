/* Where things stand on the pages of a paper. Blocks flow from top to bottom; paragraphs break between lines, tables between rows (and within a row that is
 * taller than a third of a page), boxes beside each other never. So nothing can run over the margin, whatever fills the holes. */
#include "print/ink.h"
#include <cairo-pdf.h>
#include <string.h>

enum { PAD = 3 /* points within a cell */ };
static const double THIN = 0.6;

struct sheet {
    const struct form *form;
    struct filling filling;
    PangoContext *context;
    cairo_t *cr;
    double y;     /* where the next thing begins */
    int page;     /* of this copy */
    int pages;    /* of all */
    bool too_long;
};

static double size_of(const struct sheet *s, const struct style *style) { return style->size > 0 ? style->size : s->form->size; }
static double bottom_of(const struct sheet *s) { return s->form->height - s->form->bottom; }
static double body_width(const struct sheet *s) { return s->form->width - s->form->left - s->form->right; }

/* --- text --- */

/* Draws lines from *line on as long as they fit into `room` (at least one when `force`), and gives the height they took. Without `draw` only measures. */
static double lines(struct sheet *s, PangoLayout *l, double lead, int *line, double x, double y, double room, bool force, bool draw)
{
    PangoLayoutIter *it = pango_layout_get_iter(l);
    double used = 0;
    int at = 0;
    do {
        PangoRectangle box;
        if (at < *line) {
            at++;
            continue;
        }
        pango_layout_iter_get_line_extents(it, NULL, &box);
        double height = (double)box.height / PANGO_SCALE * lead, above = (double)(pango_layout_iter_get_baseline(it) - box.y) / PANGO_SCALE;
        if (used + height > room + 0.01 && !(force && used == 0))
            break;
        if (draw) {
            cairo_move_to(s->cr, x + (double)box.x / PANGO_SCALE, y + used + above);
            pango_cairo_show_layout_line(s->cr, pango_layout_iter_get_line_readonly(it));
        }
        used += height;
        *line = ++at;
    } while (pango_layout_iter_next_line(it));
    pango_layout_iter_free(it);
    return used;
}

static double lead_of(const struct style *style) { return style->lead > 0 ? style->lead : 1; }

static PangoLayout *layout_of(struct sheet *s, const struct block *b, const struct form_text *text, double width)
{
    return ink_layout(s->context, &s->filling, text, &b->style, size_of(s, &b->style), width);
}

/* --- pages --- */

static void margin_text(struct sheet *s, const struct form_text *text, double y, bool bold)
{
    if (!text->n)
        return;
    struct style style = {.align = ALIGN_CENTER, .bold = bold, .italic = !bold};
    PangoLayout *l = ink_layout(s->context, &s->filling, text, &style, 8, body_width(s));
    int line = 0;
    lines(s, l, 1, &line, s->form->left, y, 20, true, true);
    g_object_unref(l);
}

/* NĐ 30/2020: the number in the middle above, from the second page on. */
static void furnish(struct sheet *s)
{
    const struct form *form = s->form;
    margin_text(s, &form->stamp, form->top - 22 > 4 ? form->top - 22 : 4, true);
    margin_text(s, &form->foot, bottom_of(s) + 4, false);
    if (s->page > 1) {
        char number[16];
        snprintf(number, sizeof number, "%d", s->page);
        const struct run run = {.literal = str_of(number)};
        margin_text(s, &(struct form_text){&run, 1}, form->top - 12, true);
    }
}

static void page_begin(struct sheet *s)
{
    s->page++;
    s->pages++;
    s->y = s->form->top;
    s->too_long |= s->pages > PAPER_PAGES_MAX;
    furnish(s);
}

static void page_break(struct sheet *s)
{
    cairo_show_page(s->cr);
    page_begin(s);
}

/* --- boxes: measured or drawn, never broken --- */

static double boxes(struct sheet *s, const struct block *first, double x, double y, double w, bool draw);

static double text_box(struct sheet *s, const struct block *b, double x, double y, double w, bool draw)
{
    PangoLayout *l = layout_of(s, b, &b->text, w);
    int line = 0;
    double used = lines(s, l, lead_of(&b->style), &line, x, y + b->style.before, s->form->height, false, draw);
    g_object_unref(l);
    return b->style.before + used + b->style.after;
}

static double column_boxes(struct sheet *s, const struct block *b, double x, double y, double w, bool draw)
{
    double highest = 0;
    for (const struct block *c = b->child; c; c = c->next) {
        double width = w * c->amount / 100, height = boxes(s, c->child, x, y, width, draw);
        highest = height > highest ? height : highest;
        x += width;
    }
    return highest;
}

static double rule_box(struct sheet *s, const struct block *b, double x, double y, double w, bool draw)
{
    double length = w * b->amount / 100, from = b->style.align == ALIGN_LEFT ? x : x + (w - length) / 2;
    if (draw) {
        cairo_set_line_width(s->cr, THIN);
        cairo_move_to(s->cr, from, y + 2);
        cairo_line_to(s->cr, from + length, y + 2);
        cairo_stroke(s->cr);
    }
    return 4;
}

static double qr_box(struct sheet *s, const struct block *b, double x, double y, double w, bool draw)
{
    double width = b->amount < w ? b->amount : w;
    char *text = ink_plain(&s->filling, &b->text);
    if (draw && *text)
        ink_qr(s->cr, text, x + (w - width) / 2, y, width);
    bool any = *text != 0;
    g_free(text);
    return any ? width : 0;
}

/* What stands under an `if`, on the side that holds. */
static const struct block *side_of(struct sheet *s, const struct block *b, bool *yes_r)
{
    *yes_r = filling_has(&s->filling, b->path) != b->unless;
    if (*yes_r)
        return b->child;
    return b->last && b->last->kind == BLOCK_ELSE ? b->last->child : NULL;
}

static double box(struct sheet *s, const struct block *b, double x, double y, double w, bool draw)
{
    bool yes;
    switch (b->kind) {
    case BLOCK_TEXT: return text_box(s, b, x, y, w, draw);
    case BLOCK_COLUMNS: return column_boxes(s, b, x, y, w, draw);
    case BLOCK_RULE: return rule_box(s, b, x, y, w, draw);
    case BLOCK_SPACE: return b->amount;
    case BLOCK_QR: return qr_box(s, b, x, y, w, draw);
    case BLOCK_IF: return boxes(s, side_of(s, b, &yes), x, y, w, draw);
    default: return 0; /* tables stand on their own, else is taken by its if */
    }
}

static double boxes(struct sheet *s, const struct block *first, double x, double y, double w, bool draw)
{
    double from = y;
    for (const struct block *b = first; b; b = b->next)
        y += box(s, b, x, y, w, draw);
    return y - from;
}

/* --- tables --- */

struct row {
    PangoLayout *cell[FORM_COLUMNS_MAX];
    double width[FORM_COLUMNS_MAX], height;
    int line[FORM_COLUMNS_MAX];
    size_t n;
};

static void row_of(struct sheet *s, const struct block *table, bool head, struct row *r)
{
    *r = (struct row){0};
    for (const struct block *c = table->child; c && r->n < FORM_COLUMNS_MAX; c = c->next) {
        struct style style = {.align = head ? ALIGN_CENTER : c->style.align, .bold = head};
        double size = s->form->size - 0.5;
        r->width[r->n] = body_width(s) * c->amount / 100;
        r->cell[r->n] = ink_layout(s->context, &s->filling, head ? &c->head : &c->text, &style, size, r->width[r->n] - 2 * PAD);
        int from = 0;
        double height = lines(s, r->cell[r->n], 1, &from, 0, 0, 1e9, true, false) + 2 * PAD;
        r->height = height > r->height ? height : r->height;
        r->n++;
    }
}

static void row_free(struct row *r)
{
    for (size_t i = 0; i < r->n; i++)
        g_object_unref(r->cell[i]);
}

/* As much of the row as fits into the room; true when that was all. */
static bool row_part(struct sheet *s, struct row *r, double room)
{
    double x = s->form->left, highest = 0;
    bool all = true;
    for (size_t i = 0; i < r->n; i++) {
        double used = lines(s, r->cell[i], 1, &r->line[i], x + PAD, s->y + PAD, room - 2 * PAD, false, true);
        highest = used > highest ? used : highest;
        all &= r->line[i] >= pango_layout_get_line_count(r->cell[i]);
        x += r->width[i];
    }
    highest += 2 * PAD;
    x = s->form->left;
    cairo_set_line_width(s->cr, THIN);
    for (size_t i = 0; i < r->n; i++) {
        cairo_rectangle(s->cr, x, s->y, r->width[i], highest);
        x += r->width[i];
    }
    cairo_stroke(s->cr);
    s->y += highest;
    return all;
}

static void head_row(struct sheet *s, const struct block *table)
{
    struct row head;
    row_of(s, table, true, &head);
    row_part(s, &head, bottom_of(s) - s->y);
    row_free(&head);
}

static void table_flow(struct sheet *s, const struct block *table)
{
    const json_t *list = filling_at(&s->filling, table->path), *before = s->filling.row;
    struct row head, row;
    row_of(s, table, true, &head);
    double head_height = head.height, room = bottom_of(s) - s->form->top - head_height;
    row_free(&head);
    size_t n = json_array_size(list);
    bool begun = false;
    for (size_t i = 0; i < n && !s->too_long; i++) {
        s->filling.row = json_array_get(list, i);
        s->filling.row_no = i + 1;
        row_of(s, table, false, &row);
        double need = row.height + (begun ? 0 : head_height), left = bottom_of(s) - s->y;
        /* A row goes whole onto the next page; one that would leave much of this page empty is broken here. */
        if (need > left && (row.height <= room / 3 || left < head_height + 60)) {
            page_break(s);
            begun = false;
        }
        if (!begun)
            head_row(s, table);
        begun = true;
        while (!row_part(s, &row, bottom_of(s) - s->y) && !s->too_long) {
            page_break(s);
            head_row(s, table);
        }
        row_free(&row);
    }
    if (!n)
        head_row(s, table);
    s->filling.row = before;
}

/* --- the flow over pages --- */

static void text_flow(struct sheet *s, const struct block *b)
{
    PangoLayout *l = layout_of(s, b, &b->text, body_width(s));
    int line = 0, count = pango_layout_get_line_count(l);
    s->y += b->style.before;
    while (line < count && !s->too_long) {
        s->y += lines(s, l, lead_of(&b->style), &line, s->form->left, s->y, bottom_of(s) - s->y, s->y <= s->form->top, true);
        if (line < count)
            page_break(s);
    }
    s->y += b->style.after;
    g_object_unref(l);
}

static void flow(struct sheet *s, const struct block *first)
{
    bool yes;
    for (const struct block *b = first; b && !s->too_long; b = b->next)
        if (b->kind == BLOCK_TEXT)
            text_flow(s, b);
        else if (b->kind == BLOCK_TABLE)
            table_flow(s, b);
        else if (b->kind == BLOCK_IF)
            flow(s, side_of(s, b, &yes));
        else if (b->kind != BLOCK_ELSE) {
            double height = box(s, b, s->form->left, s->y, body_width(s), false);
            if (s->y + height > bottom_of(s) && s->y > s->form->top)
                page_break(s);
            box(s, b, s->form->left, s->y, body_width(s), true);
            s->y += height;
        }
}

/* --- the whole --- */

static cairo_status_t keep(void *out, const unsigned char *p, unsigned n)
{
    buf_put(out, p, n);
    return ((struct buf *)out)->overflow ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *surface_of(const struct form *form, const struct form_version *version, const struct filling *filling, struct buf *pdf)
{
    static const struct run code = {.path = {"code", 4}};
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(keep, pdf, form->width, form->height);
    char *plain = ink_plain(filling, &(struct form_text){&code, 1}), title[600];
    snprintf(title, sizeof title, "%s%s%.200s", version->title, *plain ? " " : "", plain);
    g_free(plain);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "motcua");
    return surface;
}

static void draw(struct sheet *s)
{
    size_t copies = s->form->copies ? s->form->copies : 1;
    for (size_t i = 0; i < copies && !s->too_long; i++) {
        s->filling.copy = s->form->copies ? s->form->copy[i] : STR("");
        s->page = 0;
        page_begin(s);
        flow(s, s->form->blocks);
        cairo_show_page(s->cr);
    }
}

enum err paper_make(struct ink *ink, const struct form *form, const struct form_version *version, const json_t *doc, struct buf *pdf, struct fail *f)
{
    struct sheet s = {.form = form, .filling = {.doc = doc, .version = version, .copy = STR("")}};
    cairo_surface_t *surface = surface_of(form, version, &s.filling, pdf);
    cairo_font_options_t *options = cairo_font_options_create();
    s.cr = cairo_create(surface);
    s.context = pango_font_map_create_context(ink->fonts);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(s.context, options);
    pango_cairo_context_set_resolution(s.context, 72);
    pango_context_set_base_dir(s.context, PANGO_DIRECTION_LTR);
    pango_context_set_language(s.context, pango_language_from_string("vi"));
    draw(&s);
    cairo_destroy(s.cr);
    cairo_surface_finish(surface);
    bool good = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS && !pdf->overflow;
    cairo_surface_destroy(surface);
    cairo_font_options_destroy(options);
    g_object_unref(s.context);
    if (s.too_long || pdf->overflow)
        return fail_add(f, ERR_TOO_LARGE, NULL, "", "print.too-long", "%d", PAPER_PAGES_MAX);
    return good ? ERR_OK : fail_add(f, ERR_INTERNAL, NULL, "", "print.failed", NULL);
}
