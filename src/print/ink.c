/* Fonts, text that fills holes, and QR codes. A value is text: signs that steer (controls, changes of direction, heaps of marks) are left out, and everything is
 * escaped before pango sees it. */
#include "print/ink.h"
#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>
#include <qrencode.h>
#include <stdlib.h>
#include <unistd.h>

/* Times New Roman is what NĐ 30/2020 asks for; Liberation Serif has its widths and all Vietnamese letters. The others are for Khmer and Cham names, where installed. */
#define FAMILIES "Liberation Serif, Noto Serif, Noto Sans Khmer, Noto Sans Cham, Noto Sans Symbols2"
static const char *const font_files[] = {
    "liberation2/LiberationSerif-Regular.ttf", "liberation2/LiberationSerif-Bold.ttf", "liberation2/LiberationSerif-Italic.ttf", "liberation2/LiberationSerif-BoldItalic.ttf",
    "noto/NotoSerif-Regular.ttf", "noto/NotoSerif-Bold.ttf", "noto/NotoSansKhmer-Regular.ttf", "noto/NotoSansCham-Regular.ttf", "noto/NotoSansSymbols2-Regular.ttf"};
enum { NEEDED = 4, MARKS_IN_A_ROW = 4 };

struct ink *ink_new(void)
{
    FcConfig *config = FcConfigCreate();
    size_t found = 0;
    for (size_t i = 0; i < ARRAY_LEN(font_files); i++) {
        char path[200];
        snprintf(path, sizeof path, "/usr/share/fonts/truetype/%s", font_files[i]);
        if (access(path, R_OK) == 0 && FcConfigAppFontAddFile(config, (const FcChar8 *)path))
            found += i < NEEDED;
    }
    PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    if (found < NEEDED || !map) {
        FcConfigDestroy(config);
        if (map)
            g_object_unref(map);
        return NULL;
    }
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
    FcConfigDestroy(config); /* the map holds its own reference */
    struct ink *ink = calloc(1, sizeof *ink);
    if (!ink)
        abort();
    ink->fonts = map;
    return ink;
}

void ink_free(struct ink **i)
{
    if (*i) {
        g_object_unref((*i)->fonts);
        free(*i);
        *i = NULL;
    }
}

/* --- what fills a hole --- */

const json_t *filling_at(const struct filling *f, struct str path)
{
    const json_t *at = f->doc;
    struct str part;
    if (path.n && path.p[0] == '.') {
        at = f->row;
        path = str_sub(path, 1, path.n);
        if (!path.n)
            return at;
    }
    while (at && str_next(&path, '.', &part))
        at = json_is_object(at) ? json_object_getn(at, part.p, part.n) : NULL;
    return at;
}

bool filling_has(const struct filling *f, struct str path)
{
    const json_t *v = filling_at(f, path);
    return v && (json_is_true(v) || (json_is_string(v) && json_string_length(v)) || (json_is_array(v) && json_array_size(v))
                 || (json_is_object(v) && json_object_size(v)) || (json_is_integer(v) && json_integer_value(v)));
}

static bool steers(gunichar c)
{
    return (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || c == 0xfffe || c == 0xffff || (c >= 0xe0000 && c <= 0xe0fff);
}

static void add_value(GString *out, const char *s, size_t n)
{
    size_t marks = 0, used = 0;
    for (const char *p = s; p < s + n && used < PAPER_VALUE_MAX; p += g_utf8_skip[(unsigned char)*p]) {
        gunichar c = g_utf8_get_char(p);
        marks = g_unichar_ismark(c) ? marks + 1 : 0;
        if (c == '\t' || c == '\r')
            c = ' ';
        if (steers(c) || marks > MARKS_IN_A_ROW)
            continue;
        g_string_append_unichar(out, c);
        used += 4;
    }
}

static const char *of_the_table(const struct form_version *v, struct str field)
{
    return str_is(field, "title") ? v->title : str_is(field, "number") ? v->number : str_is(field, "basis") ? v->basis : str_is(field, "version") ? v->version : "";
}

static void fill(GString *out, const struct filling *f, const struct run *r)
{
    const json_t *v = NULL;
    const char *fixed = NULL;
    gsize before = out->len;
    if (str_is(r->path, "#"))
        g_string_append_printf(out, "%zu", f->row_no);
    else if (str_is(r->path, "copy"))
        g_string_append_len(out, f->copy.p, (gssize)f->copy.n);
    else if (str_has_prefix(r->path, STR("form.")))
        fixed = of_the_table(f->version, str_sub(r->path, 5, r->path.n));
    else
        v = filling_at(f, r->path);
    if (fixed)
        g_string_append(out, fixed);
    else if (json_is_string(v))
        add_value(out, json_string_value(v), json_string_length(v));
    else if (json_is_integer(v))
        g_string_append_printf(out, "%lld", (long long)json_integer_value(v));
    if (r->dots && out->len == before)
        for (int i = 0; i < 7; i++)
            g_string_append(out, "…");
    if (r->upper) {
        char *upper = g_utf8_strup(out->str + before, (gssize)(out->len - before));
        g_string_truncate(out, before);
        g_string_append(out, upper);
        g_free(upper);
    }
}

static void add_run(GString *out, const struct filling *f, const struct run *r)
{
    if (r->path.p)
        fill(out, f, r);
    else
        g_string_append_len(out, r->literal.p, (gssize)r->literal.n);
}

char *ink_plain(const struct filling *f, const struct form_text *text)
{
    GString *s = g_string_new(NULL);
    for (size_t i = 0; i < text->n; i++)
        add_run(s, f, &text->run[i]);
    return g_string_free(s, FALSE);
}

static void mark(PangoAttrList *list, PangoAttribute *attribute, gsize from, gsize to)
{
    attribute->start_index = (guint)from;
    attribute->end_index = (guint)to;
    pango_attr_list_insert(list, attribute);
}

PangoLayout *ink_layout(PangoContext *c, const struct filling *f, const struct form_text *text, const struct style *style, double size, double width)
{
    PangoLayout *l = pango_layout_new(c);
    PangoAttrList *marks = pango_attr_list_new();
    PangoFontDescription *font = pango_font_description_from_string(FAMILIES);
    GString *s = g_string_new(NULL);
    for (size_t i = 0; i < text->n; i++) {
        gsize from = s->len;
        add_run(s, f, &text->run[i]);
        if (text->run[i].bold)
            mark(marks, pango_attr_weight_new(PANGO_WEIGHT_BOLD), from, s->len);
        if (text->run[i].italic)
            mark(marks, pango_attr_style_new(PANGO_STYLE_ITALIC), from, s->len);
    }
    mark(marks, pango_attr_font_features_new("kern=0"), 0, G_MAXUINT); /* Times draws capitals into the blank before them; official papers are set without */
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (style->bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    if (style->italic)
        pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
    pango_layout_set_font_description(l, font);
    pango_layout_set_auto_dir(l, FALSE);
    pango_layout_set_text(l, s->str, (int)s->len);
    pango_layout_set_attributes(l, marks);
    pango_layout_set_width(l, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_indent(l, (int)(style->indent * PANGO_SCALE));
    pango_layout_set_alignment(l, style->align == ALIGN_CENTER ? PANGO_ALIGN_CENTER : style->align == ALIGN_RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_justify(l, style->align == ALIGN_JUSTIFY);
    pango_attr_list_unref(marks);
    pango_font_description_free(font);
    g_string_free(s, TRUE);
    return l;
}

/* --- QR --- */

bool ink_qr(cairo_t *cr, const char *text, double x, double y, double width)
{
    enum { QUIET = 2 };
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!q)
        return false;
    double cell = width / (q->width + 2 * QUIET);
    for (int row = 0; row < q->width; row++)
        for (int from = 0; from < q->width;) {
            int to = from;
            while (to < q->width && (q->data[row * q->width + to] & 1))
                to++;
            if (to > from)
                cairo_rectangle(cr, x + (from + QUIET) * cell, y + (row + QUIET) * cell, (to - from) * cell, cell * 1.01);
            from = to > from ? to : from + 1;
        }
    cairo_fill(cr);
    QRcode_free(q);
    return true;
}
