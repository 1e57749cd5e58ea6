/* Lines in and out of files, plain or zstd, with a running SHA-256. */
#include "domain/command/exchange_private.h"
#include "base/buf.h"
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

enum { CHUNK = 256 * 1024 };

/* --- in --- */

struct lines_in {
    FILE *f;
    ZSTD_DCtx *zstd;
    char *packed; /* compressed bytes, only with zstd */
    ZSTD_inBuffer in;
    char *p;
    size_t from, filled, cap; /* p[from … filled) was not given out yet */
    size_t given;             /* the last line with its line feed, before `from` */
    int64_t bytes;
    struct sha256_running *sha;
    bool eof, unreadable, mid_frame;
};

struct lines_in *lines_in_new(FILE *f)
{
    struct lines_in *in = calloc(1, sizeof *in);
    if (!in || !(in->p = malloc(CHUNK)))
        abort();
    in->f = f;
    in->cap = CHUNK;
    in->sha = sha256_start();
    in->filled = fread(in->p, 1, 4, f);
    if (in->filled == 4 && memcmp(in->p, "\x28\xb5\x2f\xfd", 4) == 0) {
        in->zstd = ZSTD_createDCtx();
        in->packed = malloc(CHUNK);
        if (!in->zstd || !in->packed)
            abort();
        ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, 27); /* what is asked of memory is ours to bound */
        memcpy(in->packed, in->p, 4);
        in->in = (ZSTD_inBuffer){in->packed, 4, 0};
        in->filled = 0;
        in->mid_frame = true;
    }
    return in;
}

void lines_in_free(struct lines_in **in)
{
    if (!*in)
        return;
    fclose((*in)->f);
    ZSTD_freeDCtx((*in)->zstd);
    free((*in)->packed);
    free((*in)->p);
    if ((*in)->sha)
        (void)sha256_end(&(*in)->sha);
    free(*in);
    *in = NULL;
}

static void fill_plain(struct lines_in *in)
{
    size_t n = fread(in->p + in->filled, 1, in->cap - in->filled, in->f);
    in->filled += n;
    in->eof = n == 0;
    in->unreadable = ferror(in->f) != 0;
}

static void fill_zstd(struct lines_in *in)
{
    size_t before = in->filled;
    while (in->filled == before && !in->eof && !in->unreadable) {
        if (in->in.pos == in->in.size) {
            in->in = (ZSTD_inBuffer){in->packed, fread(in->packed, 1, CHUNK, in->f), 0};
            if (in->in.size == 0) { /* the decompressor may still hold some bytes back, but not at the end of a frame */
                in->eof = true;
                in->unreadable = ferror(in->f) || in->mid_frame;
                return;
            }
        }
        ZSTD_outBuffer out = {in->p, in->cap, in->filled};
        size_t left = ZSTD_decompressStream(in->zstd, &out, &in->in);
        in->unreadable = ZSTD_isError(left) != 0;
        in->mid_frame = left != 0;
        in->filled = out.pos;
    }
}

enum line_state lines_next(struct lines_in *in, struct str *line_r)
{
    if (in->given && in->sha)
        sha256_add(in->sha, str_bytes(in->p + in->from - in->given, in->given));
    in->given = 0;
    for (size_t seen = in->from;;) {
        char *feed = memchr(in->p + seen, '\n', in->filled - seen);
        if (feed) {
            *line_r = str_bytes(in->p + in->from, (size_t)(feed - in->p) - in->from);
            in->given = line_r->n + 1;
            in->from += in->given;
            in->bytes += (int64_t)in->given;
            return line_r->n > LINE_BYTES_MAX ? LINE_TOO_LONG : LINE_READ;
        }
        if (in->filled - in->from > LINE_BYTES_MAX)
            return LINE_TOO_LONG;
        if (in->from) { /* the rest of a line to the front */
            memmove(in->p, in->p + in->from, in->filled - in->from);
            in->filled -= in->from;
            in->from = 0;
        }
        seen = in->filled;
        if (in->filled == in->cap) {
            in->cap *= 2;
            if (!(in->p = realloc(in->p, in->cap)))
                abort();
        }
        in->zstd ? fill_zstd(in) : fill_plain(in);
        if (in->unreadable)
            return LINE_UNREADABLE;
        if (in->eof)
            return in->filled ? LINE_CUT : LINE_NONE_LEFT;
    }
}

struct hash lines_sha256(struct lines_in *in) { return sha256_end(&in->sha); }
int64_t lines_bytes(const struct lines_in *in) { return in->bytes; }

/* --- out --- */

struct lines_out {
    FILE *f;
    ZSTD_CCtx *zstd;
    char packed[CHUNK];
    struct buf line;
    struct sha256_running *sha;
    int64_t lines, bytes;
};

struct lines_out *lines_out_new(FILE *f, bool zstd)
{
    struct lines_out *out = calloc(1, sizeof *out);
    if (!out || (zstd && !(out->zstd = ZSTD_createCCtx())))
        abort();
    if (zstd) {
        ZSTD_CCtx_setParameter(out->zstd, ZSTD_c_compressionLevel, 9);
        ZSTD_CCtx_setParameter(out->zstd, ZSTD_c_checksumFlag, 1);
    }
    out->f = f;
    out->line = BUF_MAX(LINE_BYTES_MAX);
    out->sha = sha256_start();
    return out;
}

void lines_out_free(struct lines_out **out)
{
    if (!*out)
        return;
    ZSTD_freeCCtx((*out)->zstd);
    buf_free(&(*out)->line);
    if ((*out)->sha)
        (void)sha256_end(&(*out)->sha);
    free(*out);
    *out = NULL;
}

static enum err file_error(void) { return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_INTERNAL; }

static enum err put(struct lines_out *out, struct str bytes, ZSTD_EndDirective end)
{
    if (!out->zstd)
        return fwrite(bytes.p, 1, bytes.n, out->f) == bytes.n ? ERR_OK : file_error();
    ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
    for (size_t left = 1; left;) {
        ZSTD_outBuffer packed = {out->packed, sizeof out->packed, 0};
        left = ZSTD_compressStream2(out->zstd, &packed, &in, end);
        if (ZSTD_isError(left))
            return ERR_INTERNAL;
        if (fwrite(out->packed, 1, packed.pos, out->f) != packed.pos)
            return file_error();
        if (end == ZSTD_e_continue && in.pos == in.size)
            break;
    }
    return ERR_OK;
}

struct buf *lines_begin(struct lines_out *out)
{
    buf_clear(&out->line);
    return &out->line;
}

enum err lines_end(struct lines_out *out)
{
    buf_char(&out->line, '\n');
    if (out->line.overflow)
        return ERR_TOO_LARGE;
    sha256_add(out->sha, buf_view(&out->line));
    out->lines++;
    out->bytes += (int64_t)out->line.n;
    return put(out, buf_view(&out->line), ZSTD_e_continue);
}

enum err lines_out_finish(struct lines_out **outp, int64_t *lines_r, int64_t *bytes_r, struct hash *sha256_r)
{
    struct lines_out *out = *outp;
    *sha256_r = sha256_end(&out->sha);
    *lines_r = out->lines;
    buf_clear(&out->line);
    line_write_end(&out->line, out->lines, sha256_r);
    buf_char(&out->line, '\n');
    *bytes_r = out->bytes + (int64_t)out->line.n;
    enum err e = put(out, buf_view(&out->line), ZSTD_e_end);
    if (!e && fflush(out->f) != 0)
        e = file_error();
    lines_out_free(outp);
    return e;
}
