/* Between ink.c (fonts, text, codes) and paper.c (where they stand). */
#pragma once
#include "print/paper.h"
#include <pango/pangocairo.h>

struct ink {
    PangoFontMap *fonts;
};
/* What a paper is filled from, and what its lines may look into. */
struct filling {
    const json_t *doc, *row;
    size_t row_no;
    const struct form_version *version;
    struct str copy;
};
/* Is there something? false, 0, "", [] and {} are nothing. */
bool filling_has(const struct filling *f, struct str path);
const json_t *filling_at(const struct filling *f, struct str path); /* NULL: nothing there */
/* A text with its holes filled, ready to be measured and drawn. The caller unrefs. `width` in points. */
PangoLayout *ink_layout(PangoContext *c, const struct filling *f, const struct form_text *text, const struct style *style, double size, double width);
char *ink_plain(const struct filling *f, const struct form_text *text); /* g_free */
/* A QR code with its quiet zone; false when the text is too long for one. */
bool ink_qr(cairo_t *cr, const char *text, double x, double y, double width);
