/* See files.h: folders, keys, and the way of bytes to the disk. */
#include "store/files_private.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/timex.h"
#include "base/vn.h"
#include "store/write_now.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_writer {
    struct file_store *store;
    char owner[FILE_OWNER_MAX + 1], name[FILE_NAME_MAX + 1], declared[FILE_TYPE_MAX], tmp[PATH_BYTES + 80], stored[STORED_HEX + 1];
    const char *type; /* known with the first chunk */
    bool text;
    int64_t now, size;
    int fd;
    struct key key;
    crypto_secretstream_xchacha20poly1305_state stream;
    EVP_MD_CTX *sha;
    size_t n; /* waiting in plain */
    unsigned char plain[FILE_CHUNK], sealed[SEALED_CHUNK];
};

static void *must_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

/* --- folders --- */

static void tmp_folder(const struct file_store *s, char out[PATH_BYTES + 80]) { snprintf(out, PATH_BYTES + 80, "%s/tmp", s->dir); }
void file_folder_of(const struct file_store *s, const char *stored, char out[PATH_BYTES + 80])
{
    snprintf(out, PATH_BYTES + 80, "%s/%.2s/%.2s", s->dir, stored, stored + 2);
}
void file_path_of(const struct file_store *s, const char *stored, char out[PATH_BYTES + 80])
{
    snprintf(out, PATH_BYTES + 80, "%s/%.2s/%.2s/%s", s->dir, stored, stored + 2, stored);
}

bool file_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* files/ab/cd, each level synced into its parent when it is new. */
static bool make_folder(const struct file_store *s, const char *stored)
{
    char path[PATH_BYTES + 80], parent[PATH_BYTES + 80];
    snprintf(parent, sizeof parent, "%s", s->dir);
    for (int level = 1; level <= 2; level++) {
        snprintf(path, sizeof path, level == 1 ? "%s/%.2s" : "%s/%.2s/%.2s", s->dir, stored, stored + 2);
        if (mkdir(path, 0700) == 0 ? !file_sync_folder(parent) : errno != EEXIST)
            return false;
        snprintf(parent, sizeof parent, "%s", path);
    }
    return true;
}

/* A temporary file that nobody holds is what a crash left; one that is being written is locked by its writer. */
static void remove_leftovers(const struct file_store *s)
{
    char folder[PATH_BYTES + 80];
    tmp_folder(s, folder);
    DIR *d = opendir(folder);
    int removed = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        int fd = openat(dirfd(d), e->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(dirfd(d), e->d_name, 0) == 0)
            removed++;
        if (fd >= 0)
            close(fd);
    }
    if (d)
        closedir(d);
    if (removed)
        log_line(LOG_INFO, "files.leftovers", "removed=%d", removed);
}

enum err file_store_open(const struct file_store_config *c, struct file_store **s_r, struct fail *f)
{
    char tmp[PATH_BYTES + 80];
    struct file_store *s = must_alloc(sizeof *s);
    *s = (struct file_store){.writer = c->writer, .wrap = c->wrap};
    atomic_store(&s->max_bytes, c->max_bytes);
    int n = snprintf(s->dir, sizeof s->dir, "%s", c->dir);
    tmp_folder(s, tmp);
    if (n >= PATH_BYTES || (mkdir(s->dir, 0700) != 0 && errno != EEXIST) || (mkdir(tmp, 0700) != 0 && errno != EEXIST)
        || access(tmp, R_OK | W_OK | X_OK) != 0) {
        free(s);
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "file.folder", "%s", strerror(errno));
    }
    remove_leftovers(s);
    *s_r = s;
    return ERR_OK;
}

void file_store_close(struct file_store **s)
{
    if (*s)
        sodium_memzero(&(*s)->wrap, sizeof (*s)->wrap);
    free(*s);
    *s = NULL;
}

void file_store_limit(struct file_store *s, int64_t max_bytes) { atomic_store(&s->max_bytes, max_bytes); }

/* --- keys --- */

static struct key owner_key(const struct file_store *s, struct str owner)
{
    struct hash h = KEYED_HASH(&s->wrap, STR("file owner 1"), owner);
    struct key k;
    memcpy(k.b, h.b, sizeof k.b);
    return k;
}

/* A wrapped key holds for this owner and this content only. */
static struct hash binding(struct str owner, const struct hash *sha)
{
    static const struct key none;
    return KEYED_HASH(&none, STR("file key 1"), owner, hash_str(sha));
}

static void wrap_key(const struct file_store *s, struct str owner, const struct hash *sha, const struct key *key, unsigned char out[WRAPPED])
{
    unsigned char nonce[SEAL_NONCE_BYTES];
    struct key own = owner_key(s, owner);
    struct hash bound = binding(owner, sha);
    randombytes_buf(nonce, sizeof nonce);
    seal(&own, nonce, str_bytes(key->b, KEY_BYTES), hash_str(&bound), out);
    sodium_memzero(&own, sizeof own);
}

bool file_key_unwrap(const struct file_store *s, struct str owner, const struct hash *sha, struct str wrapped, struct key *key_r)
{
    struct key own = owner_key(s, owner);
    struct hash bound = binding(owner, sha);
    bool ok = wrapped.n == WRAPPED && unseal(&own, wrapped, hash_str(&bound), key_r->b);
    sodium_memzero(&own, sizeof own);
    return ok;
}

/* --- uploading --- */

static bool name_ok(struct str name, char out[FILE_NAME_MAX + 1])
{
    struct arena *a _arena_ = arena_new();
    struct str n;
    if (name.n > 4 * FILE_NAME_MAX || vn_nfc(a, name, &n))
        return false;
    n = str_trim(n);
    if (n.n == 0 || n.n > FILE_NAME_MAX || str_is(n, ".") || str_is(n, ".."))
        return false;
    for (size_t i = 0; i < n.n; i++)
        if ((unsigned char)n.p[i] < 0x20 || n.p[i] == '/' || n.p[i] == '\\')
            return false;
    memcpy(out, n.p, n.n);
    out[n.n] = '\0';
    return true;
}

static enum err no_room(struct fail *f) { return fail_add(f, ERR_NO_SPACE, NULL, "", "file.no-space", NULL); }

static enum err write_failed(struct fail *f, const char *step)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return no_room(f);
    log_line(LOG_ERROR, "files.write-failed", "step=%s errno=%d", step, errno);
    return fail_add(f, ERR_UNAVAILABLE, NULL, "", "file.unavailable", NULL);
}

static enum err put(struct file_writer *w, const void *p, size_t n, struct fail *f)
{
    const char *from = p;
    while (n) {
        ssize_t done = -1;
        errno = ENOSPC;
        if (!fault_hit("files.write"))
            done = write(w->fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return write_failed(f, "write");
        from += done;
        n -= (size_t)done;
    }
    return ERR_OK;
}

static enum err create(struct file_writer *w, struct fail *f)
{
    unsigned char random[STORED_HEX / 2];
    char folder[PATH_BYTES + 80];
    randombytes_buf(random, sizeof random);
    hex_format(random, sizeof random, w->stored);
    tmp_folder(w->store, folder);
    if (snprintf(w->tmp, sizeof w->tmp, "%s/%.16s", folder, w->stored) >= (int)sizeof w->tmp)
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "file.unavailable", NULL);
    w->fd = open(w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w->fd < 0)
        return write_failed(f, "create");
    if (flock(w->fd, LOCK_EX | LOCK_NB) != 0)
        return write_failed(f, "lock");
    unsigned char head[HEAD];
    memcpy(head, FILE_MAGIC, MAGIC);
    crypto_secretstream_xchacha20poly1305_keygen(w->key.b);
    crypto_secretstream_xchacha20poly1305_init_push(&w->stream, head + MAGIC, w->key.b);
    return put(w, head, sizeof head, f);
}

enum err file_writer_begin(struct file_store *s, struct str owner, struct str name, struct str type, int64_t now, struct file_writer **w_r,
                           struct fail *f)
{
    *w_r = NULL;
    const char *reason = writer_read_only_reason(s->writer);
    if (reason)
        return strcmp(reason, "low-disk") == 0 ? no_room(f) : fail_add(f, ERR_UNAVAILABLE, NULL, "", "file.unavailable", "%s", reason);
    if (owner.n == 0 || owner.n > FILE_OWNER_MAX)
        return fail_add(f, ERR_UNAUTHORISED, NULL, "", "file.owner", NULL);
    if (type.n >= FILE_TYPE_MAX)
        return fail_add(f, ERR_TYPE, NULL, "/type", "file.type-unknown", NULL);
    struct file_writer *w = must_alloc(sizeof *w);
    w->store = s;
    w->fd = -1;
    w->now = now;
    memcpy(w->owner, owner.p, owner.n);
    if (type.n)
        memcpy(w->declared, type.p, type.n);
    enum err e = name_ok(name, w->name) ? ERR_OK : fail_add(f, ERR_INVALID, NULL, "/name", "file.name", NULL);
    if (!e) {
        w->sha = EVP_MD_CTX_new();
        if (!w->sha || !EVP_DigestInit_ex(w->sha, EVP_sha256(), NULL))
            abort();
        e = create(w, f);
    }
    if (e)
        file_writer_abort(&w);
    *w_r = w;
    return e;
}

static enum err check_type(struct file_writer *w, bool whole, struct fail *f)
{
    enum sniffed is = file_sniff(str_bytes(w->plain, w->n), whole);
    w->type = file_type_check(str_of(w->declared), is, f);
    w->text = is == SNIFF_TEXT || is == SNIFF_XML;
    return w->type ? ERR_OK : f->err;
}

static enum err flush_chunk(struct file_writer *w, bool last, struct fail *f)
{
    unsigned long long n;
    if (!w->type && check_type(w, last, f))
        return f->err;
    if (w->text && memchr(w->plain, 0, w->n)) {
        fail_add(f, ERR_TYPE, NULL, "/type", "file.type-mismatch", "%s", w->declared);
        return f->err;
    }
    EVP_DigestUpdate(w->sha, w->plain, w->n);
    crypto_secretstream_xchacha20poly1305_push(&w->stream, w->sealed, &n, w->plain, w->n, NULL, 0,
                                               last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    w->n = 0;
    return put(w, w->sealed, (size_t)n, f);
}

enum err file_writer_data(struct file_writer *w, struct str bytes, struct fail *f)
{
    int64_t max = atomic_load(&w->store->max_bytes);
    if ((int64_t)bytes.n > max - w->size)
        return fail_add(f, ERR_TOO_LARGE, NULL, "", "file.too-large", "%lld", (long long)max);
    w->size += (int64_t)bytes.n;
    while (bytes.n) {
        if (w->n == FILE_CHUNK) { /* only now: the last chunk carries the final mark, so it must be held back */
            enum err e = flush_chunk(w, false, f);
            if (e)
                return e;
        }
        size_t n = bytes.n < FILE_CHUNK - w->n ? bytes.n : FILE_CHUNK - w->n;
        memcpy(w->plain + w->n, bytes.p, n);
        w->n += n;
        bytes = str_sub(bytes, n, bytes.n);
    }
    return ERR_OK;
}

void file_writer_abort(struct file_writer **wp)
{
    struct file_writer *w = *wp;
    if (!w)
        return;
    if (w->fd >= 0) {
        unlink(w->tmp);
        close(w->fd);
    }
    EVP_MD_CTX_free(w->sha);
    sodium_memzero(w, sizeof *w);
    free(w);
    *wp = NULL;
}

static enum err settle(struct file_writer *w, struct fail *f)
{
    char path[PATH_BYTES + 80], folder[PATH_BYTES + 80];
    file_path_of(w->store, w->stored, path);
    file_folder_of(w->store, w->stored, folder);
    errno = EIO; /* for a fault */
    if (fault_hit("files.sync") || fsync(w->fd) != 0)
        return write_failed(f, "sync");
    if (!make_folder(w->store, w->stored) || rename(w->tmp, path) != 0)
        return write_failed(f, "rename");
    snprintf(w->tmp, sizeof w->tmp, "%s", path); /* what an abort removes from here on */
    if (!file_sync_folder(folder))
        return write_failed(f, "sync-folder");
    return ERR_OK;
}

void file_info_from_row(const struct rows *r, struct file_info *i)
{
    *i = (struct file_info){.size = row_i64(r, 2), .at = row_i64(r, 5)};
    struct str sha = row_str(r, 1);
    if (sha.n == HASH_BYTES)
        memcpy(i->sha256.b, sha.p, HASH_BYTES);
    snprintf(i->owner, sizeof i->owner, "%.*s", PRS(row_str(r, 0)));
    snprintf(i->type, sizeof i->type, "%.*s", PRS(row_str(r, 3)));
    snprintf(i->name, sizeof i->name, "%.*s", PRS(row_str(r, 4)));
}

struct entering {
    struct file_writer *w;
    struct hash sha;
    unsigned char wrapped[WRAPPED];
    struct file_info info;
    bool mine; /* the row names this very content; otherwise the owner had it already */
};

static enum err enter(void *arg, struct db *db)
{
    struct entering *en = arg;
    const struct file_writer *w = en->w;
    enum err e = db_exec(db, STMT_FILE_ADD, p_c(w->owner), p_bytes(hash_str(&en->sha)), p_int(w->size), p_c(w->type), p_c(w->name),
                         p_int(w->now), p_bytes(str_bytes(en->wrapped, WRAPPED)), p_c(w->stored));
    struct rows r _rows_ = {0};
    if (!e)
        e = db_query(db, &r, STMT_FILE_FIND, p_c(w->owner), p_bytes(hash_str(&en->sha)));
    if (e)
        return e;
    if (!rows_next(&r))
        return r.err ? r.err : ERR_CORRUPT;
    file_info_from_row(&r, &en->info);
    en->mine = str_is(row_str(&r, 7), w->stored);
    return rows_end(&r);
}

enum err file_writer_end(struct file_writer **wp, struct file_info *info_r, struct fail *f)
{
    struct file_writer *w = *wp;
    struct entering en = {.w = w};
    enum err e = w->size == 0 ? fail_add(f, ERR_INVALID, NULL, "", "file.empty", NULL) : flush_chunk(w, true, f);
    if (!e)
        e = settle(w, f);
    if (!e) {
        bool ran = false;
        EVP_DigestFinal_ex(w->sha, en.sha.b, NULL);
        wrap_key(w->store, str_of(w->owner), &en.sha, &w->key, en.wrapped);
        (void)fault_hit("files.before-row");
        e = write_now(w->store->writer, str_hash(str_of(w->owner)), enter, &en, &ran);
        if (e)
            fail_add(f, e, NULL, "", e == ERR_NO_SPACE ? "file.no-space" : "file.unavailable", NULL);
        if ((e && ran) || (!e && en.mine)) { /* in doubt the content stays: better one too many (the sweep finds it) than one missing */
            close(w->fd);
            w->fd = -1;
        }
        *info_r = en.info;
    }
    file_writer_abort(wp);
    return e;
}
