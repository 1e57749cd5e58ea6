/* Papers with files: a form with files as it comes, straight into the store. What arrived well stays, also when another file of the same form did not. */
#include "face/citizen/apply_private.h"
#include "http/multipart.h"
#include "store/files.h"
#include <stdio.h>

enum { FIELD_MAX = 200 };

/* The visitor stands first: visitor_of finds it here as it does elsewhere. */
struct uploading {
    struct visitor visitor;
    struct applying k;
    struct multipart *m;
    struct file_writer *w;
    struct fail f;            /* the first complaint */
    enum { FIELD_OTHER, FIELD_CSRF, FIELD_PAPER, FIELD_FILE } field;
    char text[FIELD_MAX + 1], paper[8];
    size_t text_n;
    bool good;                /* the form's secret came, and is right */
    json_t *files;            /* [{sha, name, size}] */
};

static enum err part_begin(void *arg, const struct part *p)
{
    struct uploading *u = arg;
    struct request *r = u->k.r;
    u->text_n = 0;
    u->field = p->is_file ? FIELD_FILE : str_is(p->name, "csrf") ? FIELD_CSRF : str_is(p->name, "giay") ? FIELD_PAPER : FIELD_OTHER;
    if (!p->is_file || !p->file_name.n || !u->good || u->f.n)
        return ERR_OK; /* nothing chosen, or no longer worth keeping; the rest is only read to its end */
    struct str type = p->type;
    ptrdiff_t semicolon = str_find_char(type, ';');
    if (semicolon >= 0)
        type = str_trim(str_sub(type, 0, (size_t)semicolon));
    if (file_writer_begin(face_of(r)->files, u->k.d.owner, p->file_name, type, request_now_ms(r), &u->w, &u->f))
        file_writer_abort(&u->w);
    return ERR_OK;
}

static enum err part_data(void *arg, struct str bytes)
{
    struct uploading *u = arg;
    if (u->field == FIELD_FILE) {
        if (u->w && file_writer_data(u->w, bytes, &u->f))
            file_writer_abort(&u->w);
        return ERR_OK;
    }
    size_t n = bytes.n < FIELD_MAX - u->text_n ? bytes.n : FIELD_MAX - u->text_n;
    memcpy(u->text + u->text_n, bytes.p, n);
    u->text_n += n;
    return ERR_OK;
}

static void keep_file(struct uploading *u)
{
    struct file_info info;
    char hex[2 * HASH_BYTES + 1];
    if (file_writer_end(&u->w, &info, &u->f)) {
        file_writer_abort(&u->w);
        return;
    }
    json_t *file = json_object();
    hex_format(info.sha256.b, HASH_BYTES, hex);
    put_s(file, "sha", str_of(hex));
    put_s(file, "name", str_of(info.name));
    put_i(file, "size", info.size);
    json_array_append_new(u->files, file);
}

static enum err part_end(void *arg)
{
    struct uploading *u = arg;
    struct str text = str_bytes(u->text, u->text_n);
    int64_t place;
    if (u->w)
        keep_file(u);
    if (u->field == FIELD_CSRF)
        u->good = form_secret_good(u->k.r, text);
    if (u->field == FIELD_PAPER && str_to_i64(text, &place) && place >= 1 && place <= PAPERS_MAX)
        snprintf(u->paper, sizeof u->paper, "%lld", (long long)place);
    return ERR_OK;
}

static enum http_result upload_begin(struct request *r)
{
    struct uploading *u = ARENA_NEW(request_arena(r), struct uploading);
    if (!face_of(r)->files)
        return page_refuse_code(r, ERR_UNAVAILABLE, "file.unavailable");
    if (!applying_open(r, &u->k))
        return HTTP_DONE;
    if (applying_sent(&u->k))
        return page_refuse_code(r, ERR_CONFLICT, "draft.submitted");
    u->files = arena_json(request_arena(r), json_array());
    if (multipart_new(request_content_type(r), &(struct multipart_to){part_begin, part_data, part_end, u}, &u->m, &u->f))
        return page_refuse(r, &u->f);
    u->visitor = *visitor_of(r);
    request_set_state(r, u);
    return HTTP_CONTINUE;
}

static void cut_off(struct request *r)
{
    struct uploading *u = request_state(r);
    file_writer_abort(&u->w);
    multipart_free(&u->m);
}

static enum http_result upload_data(struct request *r, struct str piece)
{
    struct uploading *u = request_state(r);
    struct fail f = {0};
    return multipart_feed(u->m, piece, &f) ? page_refuse(r, &f) : HTTP_CONTINUE; /* what is left is done by cut_off */
}

static void add_files(struct applying *k, void *arg)
{
    struct uploading *u = arg;
    json_t *papers = (json_t *)(uintptr_t)draft_part(k, "papers"), *list = json_object_get(papers, u->paper), *file, *old;
    size_t i, j;
    if (!list)
        json_object_set_new(papers, u->paper, list = json_array());
    json_array_foreach(u->files, i, file) {
        bool there = false;
        json_array_foreach(list, j, old)
            there |= str_eq(get_s(old, "sha"), get_s(file, "sha"));
        if (!there && json_array_size(list) < FILES_OF_PAPER_MAX)
            json_array_append(list, file);
        else if (!there && !u->f.n)
            say(&u->f, "/tep", "draft.files-many");
    }
}

static enum http_result upload_end(struct request *r)
{
    struct uploading *u = request_state(r);
    struct fail f = {0};
    enum err e = multipart_end(u->m, &f);
    cut_off(r);
    if (!e && !u->good)
        (void)!fail_add(&f, ERR_FORBIDDEN, NULL, "", "page.expired", NULL);
    if (f.n)
        return page_refuse(r, &f);
    bool supplement = get_s(u->k.d.data, "of").n > 0;
    if (!u->paper[0])
        snprintf(u->paper, sizeof u->paper, "1");
    if (!json_array_size(u->files) && !u->f.n)
        say(&u->f, "/tep", "draft.file-missing");
    if (json_array_size(u->files) && !applying_change(&u->k, add_files, u, &f))
        return page_refuse(r, &f);
    for (size_t i = 0; i < u->f.n; i++)
        snprintf(u->f.item[i].pointer, sizeof u->f.item[i].pointer, supplement ? "/tep" : "/tep-%s", u->paper);
    if (u->f.n)
        return supplement ? supplement_show(&u->k, &u->f) : step_show(&u->k, STEP_PAPERS, &u->f);
    return page_redirect(r, supplement ? draft_url(request_arena(r), &u->k.d, "/bo-sung")
                                       : draft_url(request_arena(r), &u->k.d, str_printf(request_arena(r), "/buoc/giay-to#giay-%s", u->paper).p));
}

const struct upload apply_upload = {upload_begin, upload_data, upload_end, cut_off};

/* Off this draft; what was stored stays with its owner until it is swept away. */
static void drop_file(struct applying *k, void *arg)
{
    const struct str *what = arg; /* paper, sha */
    json_t *list = json_object_get(draft_part(k, "papers"), str_c(request_arena(k->r), what[0])), *file;
    size_t i;
    json_array_foreach(list, i, file)
        if (str_eq(get_s(file, "sha"), what[1])) {
            json_array_remove(list, i);
            return;
        }
}

enum http_result apply_file_drop(struct request *r)
{
    struct applying k;
    struct fail f = {0};
    if (!applying_open(r, &k))
        return HTTP_DONE;
    if (applying_sent(&k))
        return page_refuse_code(r, ERR_CONFLICT, "draft.submitted");
    struct str what[2] = {form_text(r, "giay", 8), form_text(r, "tep", 80)};
    if (!form_good(r, &f) || !applying_change(&k, drop_file, what, &f))
        return page_refuse(r, &f);
    return page_redirect(r, draft_url(request_arena(r), &k.d, get_s(k.d.data, "of").n ? "/bo-sung" : "/buoc/giay-to"));
}
