/* The child's side of the press: fonts warm, the gate closed, then question after question until the parent hangs up. */
#include "base/timex.h"
#include "print/paper.h"
#include "print/press.h"
#include "print/wire.h"
#include <stdlib.h>

struct child {
    struct ink *ink;
    struct arena *arena;
    struct form *form; /* each read when it is first asked for */
    bool *ready;
};

static enum err form_of(struct child *c, uint32_t which, struct form **out, struct fail *f)
{
    if (which >= form_version_count)
        return fail_add(f, ERR_MALFORMED, NULL, "", "print.form", NULL);
    *out = &c->form[which];
    if (c->ready[which])
        return ERR_OK;
    enum err e = form_read(c->arena, str_of(form_versions[which].text), *out, f);
    c->ready[which] = !e;
    return e;
}

static enum err make(struct child *c, uint32_t which, const char *text, size_t n, struct buf *pdf, struct fail *f)
{
    struct form *form = NULL;
    enum err e = form_of(c, which, &form, f);
    json_t *doc = e ? NULL : json_loadb(text, n, 0, NULL);
    if (!e && !doc)
        e = fail_add(f, ERR_MALFORMED, NULL, "", "print.document", NULL);
    if (!e)
        e = paper_make(c->ink, form, &form_versions[which], doc, pdf, f);
    json_decref(doc);
    return e;
}

static bool answer(struct child *c, const struct press_head *question, const char *text)
{
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    struct fail f = {0};
    enum err e = make(c, question->what, text, question->n, &pdf, &f);
    if (e) {
        buf_clear(&pdf);
        buf_c(&pdf, f.n ? f.item[0].code : "");
    }
    struct press_head head = {PRESS_MAGIC, (uint32_t)e, (uint32_t)pdf.n};
    return wire_write(PRESS_FD, &head, sizeof head, 0) && wire_write(PRESS_FD, pdf.p, pdf.n, 0);
}

/* Every face of the fonts that papers use, once: afterwards nothing but mapped files is read. */
static void warm(struct child *c)
{
    static const char text[] = "page A5\nqr 20 x\np **Đ//ẵ//**//ẽ// ẵ\ntable x\ncol 100 Ổ | {.}\nend\n";
    struct form form;
    struct form_version version = {.name = "", .version = "", .number = "", .title = "", .basis = "", .text = text};
    struct fail f = {0};
    struct buf pdf _buf_ = BUF_MAX(1 << 20);
    json_t *doc = json_object();
    if (form_read(c->arena, STR(text), &form, &f) || paper_make(c->ink, &form, &version, doc, &pdf, &f))
        exit(3);
    json_decref(doc);
}

int press_child(void)
{
    sandbox_limit(PRESS_MEMORY_MB);
    struct child c = {.ink = ink_new(), .arena = arena_new()};
    if (!c.ink) {
        fputs("motcua: the fonts of printed papers are missing (package fonts-liberation2)\n", stderr);
        return 3;
    }
    c.form = ARENA_ARRAY(c.arena, struct form, form_version_count);
    c.ready = ARENA_ARRAY(c.arena, bool, form_version_count);
    warm(&c);
    sandbox_close();
    struct press_head question;
    while (wire_read(PRESS_FD, &question, sizeof question, 0) && question.magic == PRESS_MAGIC && question.n <= PRESS_DOC_MAX) {
        char *text = malloc(question.n + 1);
        bool good = text && wire_read(PRESS_FD, text, question.n, 0) && answer(&c, &question, text);
        free(text);
        if (!good)
            break;
    }
    return 0;
}
