/* Making a paper: a form and a document (one JSON object) become a PDF. Runs only within the child of press.h, which has no network and little to lose: the
 * libraries below read what strangers wrote. Fonts are files by name, not whatever the machine has: a paper looks the same everywhere. */
#pragma once
#include "base/buf.h"
#include "print/form.h"
#include <jansson.h>

enum { PAPER_PAGES_MAX = 400, PAPER_VALUE_MAX = 8000 /* bytes of one hole */ };

struct ink; /* fonts, kept warm */
/* NULL: the fonts are not there. */
struct ink *ink_new(void);
void ink_free(struct ink **i);
/* ERR_TOO_LARGE "print.too-long" past PAPER_PAGES_MAX, ERR_INTERNAL when cairo could not. */
enum err paper_make(struct ink *ink, const struct form *form, const struct form_version *version, const json_t *doc, struct buf *pdf, struct fail *f) CHECKED;
