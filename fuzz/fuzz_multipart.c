/* Whatever bytes come, in pieces of any size: the parser of forms with files never reads or writes where it must not, tells begin, data and end in order,
 * and what it tells does not depend on where the pieces were cut. The first byte is the size of a piece. */
#include "http/multipart.h"
#include "base/buf.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    struct buf b;
    bool open;
};

static enum err begin(void *arg, const struct part *p)
{
    struct told *t = arg;
    if (t->open || p->name.n > MULTIPART_NAME_MAX || p->file_name.n > MULTIPART_FILE_NAME_MAX)
        abort();
    t->open = true;
    buf_printf(&t->b, "[%.*s|%.*s|%.*s|%d]", PRS(p->name), PRS(p->file_name), PRS(p->type), p->is_file);
    return ERR_OK;
}
static enum err piece(void *arg, struct str bytes)
{
    struct told *t = arg;
    if (!t->open)
        abort();
    buf_str(&t->b, bytes);
    return ERR_OK;
}
static enum err end(void *arg)
{
    struct told *t = arg;
    if (!t->open)
        abort();
    t->open = false;
    return ERR_OK;
}

static enum err run(struct str bytes, size_t cut, struct told *t)
{
    struct fail f = {0};
    struct multipart *m _multipart_ = NULL;
    const struct multipart_to to = {begin, piece, end, t};
    enum err e = multipart_new(STR("multipart/form-data; boundary=xy"), &to, &m, &f);
    for (size_t i = 0; i < bytes.n && !e; i += cut)
        e = multipart_feed(m, str_sub(bytes, i, cut), &f);
    if (!e)
        e = multipart_end(m, &f);
    if (!e && t->open)
        abort();
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 60000)
        return 0;
    struct told whole = {BUF_MAX(1 << 20), false}, cut = {BUF_MAX(1 << 20), false};
    struct str bytes = str_bytes(data + 1, size - 1);
    enum err a = run(bytes, bytes.n, &whole), b = run(bytes, data[0] % 64 + 1u, &cut);
    if (!a && (b || !str_eq(buf_view(&whole.b), buf_view(&cut.b))))
        abort();
    buf_free(&whole.b);
    buf_free(&cut.b);
    return 0;
}
