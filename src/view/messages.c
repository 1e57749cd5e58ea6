/* See messages.h. */
#include "view/messages.h"
#include <stdlib.h>

static int by_code(const void *key, const void *row) { return strcmp(key, ((const struct message *)row)->code); }

bool message_write(struct buf *out, const char *code, const char *param, enum language language)
{
    const struct message *m = bsearch(code, messages, message_count, sizeof *messages, by_code);
    if (!m)
        return false;
    struct str text = str_of(m->text[language]);
    ptrdiff_t at = str_find(text, STR("%s"));
    if (at < 0) {
        buf_str(out, text);
        return true;
    }
    buf_str(out, str_sub(text, 0, (size_t)at));
    buf_c(out, param ? param : "");
    buf_str(out, str_sub(text, (size_t)at + 2, text.n));
    return true;
}
