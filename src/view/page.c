/* What the templates of the frame and of components ask of C: where the page is, its other language, the sentences of a refusal. See html.h, components.h. */
#include "view/components.h"
#include "view/page.h"

/* The page's own address, or one below it. */
bool page_is_at(const struct page *o, const char *url)
{
    struct str path = o->path, at = str_of(url);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '?')
            path.n = i;
    return str_eq(path, at) || (at.n > 1 && str_has_prefix(path, at) && path.n > at.n && path.p[at.n] == '/');
}

struct str page_in_language(struct page *o, const char *lang)
{
    bool query = false;
    for (size_t i = 0; i < o->path.n; i++)
        query |= o->path.p[i] == '?';
    return str_printf(o->arena, "%.*s%clang=%s", PRS(o->path), query ? '&' : '?', lang);
}

void field_extra(struct page *o, const struct field *f)
{
    if (f->inputmode)
        buf_printf(o->out, " inputmode=\"%s\"", f->inputmode);
    if (f->key)
        buf_printf(o->out, " data-key=\"%s\"", f->key);
    if (f->error.n)
        buf_c(o->out, " aria-invalid=\"true\"");
    if (!f->hint.n && !f->error.n)
        return;
    buf_printf(o->out, " aria-describedby=\"%s%s%s%s%s\"", f->hint.n ? f->name : "", f->hint.n ? "-hint" : "", f->hint.n && f->error.n ? " " : "",
               f->error.n ? f->name : "", f->error.n ? "-error" : "");
}

struct form_errors form_errors_of(struct page *o, const struct fail *f)
{
    struct form_error *item = ARENA_ARRAY(o->arena, struct form_error, f->n + 1);
    for (size_t i = 0; i < f->n; i++) {
        struct buf b _buf_ = BUF_MAX(4096);
        struct str at = str_of(f->item[i].pointer);
        if (!message_write(&b, f->item[i].code, f->item[i].param, o->lang))
            buf_c(&b, f->item[i].code);
        item[i] = (struct form_error){str_dup(o->arena, str_has_prefix(at, STR("/")) ? str_sub(at, 1, at.n) : at), str_dup(o->arena, buf_view(&b))};
    }
    return (struct form_errors){item, f->n};
}

struct str form_error_of(const struct form_errors *e, struct str field)
{
    for (size_t i = 0; i < e->n; i++)
        if (str_eq(e->item[i].field, field))
            return e->item[i].message;
    return STR("");
}
