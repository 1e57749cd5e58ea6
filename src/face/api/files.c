/* POST /files and GET /files/{sha256}: streamed both ways. A file belongs to whoever brought it; another reads it only through a dossier that
 * cites it. The name of somebody's upload is given back to that one and to readers of the dossier it was cited in. */
#include "domain/dossier/cite.h"
#include "face/api/api_private.h"
#include "store/files.h"
#include <stdlib.h>

static void respond_info(struct request *r, const struct file_info *info)
{
    char hex[2 * HASH_BYTES + 1];
    struct buf b _buf_ = BUF_MAX(2048);
    hex_format(info->sha256.b, HASH_BYTES, hex);
    buf_char(&b, '{');
    json_member(&b, "sha256", str_of(hex));
    json_member_i64(&b, "size", info->size);
    json_member(&b, "type", str_of(info->type));
    json_member(&b, "name", str_of(info->name));
    buf_char(&b, '}');
    respond_header(r, "Location", str_printf(request_arena(r), "/api/v1/files/%s", hex));
    respond_json_buf(r, 201, &b);
}

static void percent_decode(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c;
        if (s.p[i] == '%' && i + 2 < s.n && hex_parse(str_sub(s, i + 1, 2), &c, 1)) {
            buf_char(b, (char)c);
            i += 2;
        } else
            buf_char(b, s.p[i]);
    }
}

/* filename*=UTF-8''… or filename="…" of Content-Disposition (RFC 6266), as form libraries send it; empty when there is none. */
static struct str disposition_name(struct request *r)
{
    struct str h = request_header(r, "Content-Disposition"), part;
    struct buf b _buf_ = BUF_MAX(3 * FILE_NAME_MAX);
    struct str plain = STR("");
    while (h.n && str_next(&h, ';', &part)) {
        part = str_trim(part);
        if (str_has_prefix(part, STR("filename*=UTF-8''")) || str_has_prefix(part, STR("filename*=utf-8''"))) {
            percent_decode(&b, str_sub(part, 17, part.n));
            return str_dup(request_arena(r), buf_view(&b));
        }
        if (str_has_prefix(part, STR("filename=")))
            plain = str_sub(part, 9, part.n);
    }
    return plain.n > 2 && plain.p[0] == '"' && plain.p[plain.n - 1] == '"' ? str_sub(plain, 1, plain.n - 2) : plain;
}

static enum http_result begin(struct request *r)
{
    struct file_writer *w = NULL;
    struct fail f = {0};
    struct str type = request_content_type(r), name = request_query(r, "name");
    ptrdiff_t semicolon = str_find_char(type, ';');
    if (semicolon >= 0)
        type = str_trim(str_sub(type, 0, (size_t)semicolon));
    if (!api_of(r)->face.files)
        return refuse_code(r, ERR_UNAVAILABLE, "", "file.unavailable");
    if (!name.n)
        name = disposition_name(r);
    if (!name.n)
        name = STR("tep-dinh-kem");
    if (file_writer_begin(api_of(r)->face.files, actor_of(r)->id, name, type, request_now_ms(r), &w, &f)) {
        file_writer_abort(&w);
        return refuse(r, &f);
    }
    request_set_state(r, w);
    return HTTP_CONTINUE;
}

static enum http_result data(struct request *r, struct str piece)
{
    struct fail f = {0};
    return file_writer_data(request_state(r), piece, &f) ? refuse(r, &f) : HTTP_CONTINUE; /* what is left is done by abort */
}

static enum http_result end(struct request *r)
{
    struct file_writer *w = request_state(r);
    struct file_info info;
    struct fail f = {0};
    if (file_writer_end(&w, &info, &f)) {
        file_writer_abort(&w);
        return refuse(r, &f);
    }
    respond_info(r, &info);
    return HTTP_DONE;
}

static void cut_off(struct request *r)
{
    struct file_writer *w = request_state(r);
    file_writer_abort(&w);
}

const struct upload api_file_upload = {begin, data, end, cut_off};

/* --- download --- */

struct sending {
    struct file_reader *reader;
    struct str piece;  /* decrypted, not yet sent */
    int64_t at;        /* position of its first byte */
};

static int64_t send_piece(void *arg, int64_t pos, char *out, size_t max)
{
    struct sending *s = arg;
    while (pos >= s->at + (int64_t)s->piece.n) {
        s->at += (int64_t)s->piece.n;
        if (file_read(s->reader, &s->piece))
            return -1;
        if (!s->piece.n)
            return 0;
    }
    if (pos < s->at) /* a stream is read forwards only */
        return -1;
    size_t from = (size_t)(pos - s->at), n = s->piece.n - from < max ? s->piece.n - from : max;
    memcpy(out, s->piece.p + from, n);
    return (int64_t)n;
}

static void sent(void *arg)
{
    struct sending *s = arg;
    file_close(&s->reader);
    free(s);
}

static enum err open_own(struct request *r, const struct hash *sha, struct file_reader **reader_r, struct file_info *info_r, struct fail *f)
{
    return file_open(api_of(r)->face.files, db_of(r), &actor_of(r)->id, 1, sha, reader_r, info_r, f);
}

static enum err open_cited(struct request *r, const struct hash *sha, struct file_reader **reader_r, struct file_info *info_r, struct fail *f)
{
    struct str owner;
    enum err e = dossier_file_readable(&api_of(r)->face.room->keyring, db_of(r), request_arena(r), actor_of(r), sha, &owner);
    if (e)
        return fail_add(f, e, NULL, "", e == ERR_NOT_FOUND ? "file.absent" : "store.unavailable", NULL);
    struct fail first = {0};
    e = file_open(api_of(r)->face.files, db_of(r), &owner, 1, sha, reader_r, info_r, &first);
    if (e != ERR_NOT_FOUND) {
        if (e)
            *f = first;
        return e;
    }
    e = file_open(api_of(r)->face.files, db_of(r), NULL, 0, sha, reader_r, info_r, f); /* cited by one who could read it: any copy is the same */
    info_r->name[0] = '\0';                                                     /* but what another calls it is not for this reader */
    return e;
}

enum http_result api_file(struct request *r)
{
    struct str hex = request_path_param(r, "sha256");
    struct hash sha;
    struct fail f = {0};
    struct file_info info = {0};
    struct file_reader *reader = NULL;
    if (!api_of(r)->face.files)
        return refuse_code(r, ERR_UNAVAILABLE, "", "file.unavailable");
    if (!hex_parse(hex, sha.b, HASH_BYTES))
        return refuse_code(r, ERR_NOT_FOUND, "", "file.absent");
    enum err e = open_own(r, &sha, &reader, &info, &f);
    if (e == ERR_NOT_FOUND) {
        f = (struct fail){0};
        e = open_cited(r, &sha, &reader, &info, &f);
    }
    if (e)
        return refuse(r, &f);
    struct str etag = str_printf(request_arena(r), "\"%.*s\"", PRS(hex));
    if (request_not_modified(r, etag, -1)) {
        file_close(&reader);
        respond_etag(r, etag);
        respond_not_modified(r);
        return HTTP_DONE;
    }
    struct sending *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->reader = reader;
    const char *type = str_c(request_arena(r), str_of(info.type));
    respond_source(r, &(struct http_source){.read = send_piece, .done = sent, .arg = s, .size = info.size}, type, etag);
    respond_attachment(r, info.name[0] ? str_dup(request_arena(r), str_of(info.name)) : hex);
    respond_header(r, "X-Content-Type-Options", STR("nosniff"));
    respond_cache(r, "private, no-store");
    return HTTP_DONE;
}
