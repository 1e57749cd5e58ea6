/* See files.h: the manifest, the way of bytes back, destruction and sweeping. */
#include "store/files_private.h"
#include "base/log.h"
#include "base/timex.h"
#include "store/write_now.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_reader {
    int fd;
    bool over;
    crypto_secretstream_xchacha20poly1305_state stream;
    unsigned char plain[FILE_CHUNK], sealed[SEALED_CHUNK];
};

/* --- the manifest --- */

struct found {
    struct file_info info;
    char stored[STORED_HEX + 1];
    unsigned char wrapped[WRAPPED];
    bool there; /* not destroyed */
};

static enum err take_row(struct rows *r, struct found *fo)
{
    fo->there = false;
    if (rows_next(r)) {
        struct str wrapped = row_str(r, 6);
        file_info_from_row(r, &fo->info);
        snprintf(fo->stored, sizeof fo->stored, "%.*s", PRS(row_str(r, 7)));
        if (!row_null(r, 6) && wrapped.n == WRAPPED && strlen(fo->stored) == STORED_HEX) {
            memcpy(fo->wrapped, wrapped.p, WRAPPED);
            fo->there = true;
        }
    }
    return rows_end(r);
}

static enum err find(struct db *db, const struct str *owners, size_t n, const struct hash *sha, struct found *fo)
{
    enum err e = ERR_OK;
    fo->there = false;
    if (!owners) {
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_FILE_FIND_ANY, p_bytes(hash_str(sha)));
        if (!e)
            e = take_row(&r, fo);
    }
    for (size_t i = 0; owners && i < n && !e && !fo->there; i++) {
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_FILE_FIND, p_text(owners[i]), p_bytes(hash_str(sha)));
        if (!e)
            e = take_row(&r, fo);
    }
    return e ? e : fo->there ? ERR_OK : ERR_NOT_FOUND;
}

enum err file_find(struct db *db, const struct str *owners, size_t n, const struct hash *sha, struct file_info *info_r)
{
    struct found fo;
    enum err e = find(db, owners, n, sha, &fo);
    if (!e)
        *info_r = fo.info;
    return e;
}

enum err file_may_cite(struct db *db, const struct str *principals, size_t n, const struct hash *sha)
{
    struct found fo;
    return principals ? find(db, principals, n, sha, &fo) : ERR_NOT_FOUND;
}

/* --- reading --- */

static enum err damaged(struct fail *f, const struct found *fo, const char *what)
{
    log_line(LOG_ERROR, "files.damaged", "stored=%s what=%s", fo->stored, what);
    return fail_add(f, ERR_CORRUPT, NULL, "", "file.damaged", NULL);
}

static ssize_t read_full(int fd, void *p, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(fd, (char *)p + have, n - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

enum err file_open(struct file_store *s, struct db *db, const struct str *owners, size_t n, const struct hash *sha, struct file_reader **r_r,
                   struct file_info *info_r, struct fail *f)
{
    struct found fo;
    struct key key;
    char path[PATH_BYTES + 80];
    unsigned char head[HEAD];
    *r_r = NULL;
    enum err e = find(db, owners, n, sha, &fo);
    if (e)
        return fail_add(f, e, NULL, "", e == ERR_NOT_FOUND ? "file.absent" : "file.unavailable", NULL);
    if (!file_key_unwrap(s, str_of(fo.info.owner), sha, str_bytes(fo.wrapped, WRAPPED), &key))
        return damaged(f, &fo, "key");
    file_path_of(s, fo.stored, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return damaged(f, &fo, "missing");
    struct file_reader *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->fd = fd;
    if (read_full(fd, head, HEAD) != HEAD || memcmp(head, FILE_MAGIC, MAGIC) != 0
        || crypto_secretstream_xchacha20poly1305_init_pull(&r->stream, head + MAGIC, key.b) != 0) {
        file_close(&r);
        return damaged(f, &fo, "head");
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    sodium_memzero(&key, sizeof key);
    *r_r = r;
    *info_r = fo.info;
    return ERR_OK;
}

enum err file_read(struct file_reader *r, struct str *bytes_r)
{
    unsigned long long n = 0;
    unsigned char tag = 0;
    *bytes_r = STR_NONE;
    if (r->over)
        return ERR_OK;
    ssize_t got = read_full(r->fd, r->sealed, SEALED_CHUNK);
    if (got < (ssize_t)crypto_secretstream_xchacha20poly1305_ABYTES
        || crypto_secretstream_xchacha20poly1305_pull(&r->stream, r->plain, &n, &tag, r->sealed, (unsigned long long)got, NULL, 0) != 0)
        return ERR_CORRUPT;
    r->over = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (!r->over && got < (ssize_t)SEALED_CHUNK)
        return ERR_CORRUPT;
    *bytes_r = str_bytes(r->plain, (size_t)n);
    return ERR_OK;
}

void file_close(struct file_reader **r)
{
    if (!*r)
        return;
    close((*r)->fd);
    sodium_memzero(*r, sizeof **r);
    free(*r);
    *r = NULL;
}

/* --- destruction and sweeping --- */

struct erasing {
    struct str owner;
    const struct hash *sha;
    enum err (*may)(void *arg, struct db *db);
    void *arg;
};

static enum err erase(void *arg, struct db *db)
{
    const struct erasing *er = arg;
    enum err e = er->may ? er->may(er->arg, db) : ERR_OK;
    return e ? e : db_exec(db, STMT_FILE_ERASE, p_text(er->owner), p_bytes(hash_str(er->sha)));
}

enum err file_destroy(struct file_store *s, struct db *db, struct str owner, const struct hash *sha, enum err (*may)(void *arg, struct db *db),
                      void *arg)
{
    struct found fo = {.there = false};
    char path[PATH_BYTES + 80], folder[PATH_BYTES + 80];
    enum err e = find(db, &owner, 1, sha, &fo);
    if (!e)
        e = write_now(s->writer, str_hash(owner), erase, &(struct erasing){owner, sha, may, arg}, NULL);
    if (e && !(e == ERR_NOT_FOUND && strlen(fo.stored) == STORED_HEX)) /* its key went before, perhaps in the moment before a crash: content follows */
        return e;
    file_path_of(s, fo.stored, path);
    file_folder_of(s, fo.stored, folder);
    if (unlink(path) != 0 && errno != ENOENT)
        log_line(LOG_WARN, "files.not-removed", "stored=%s errno=%d", fo.stored, errno); /* unreadable without its key; the sweep tries again */
    else
        (void)file_sync_folder(folder);
    return e;
}

static enum err sweep_folder(struct db *db, const char *path, int64_t older_than_ms, int64_t *removed_r)
{
    DIR *d = opendir(path);
    enum err e = ERR_OK;
    for (struct dirent *entry; d && !e && (entry = readdir(d));) {
        struct stat st;
        if (strlen(entry->d_name) != STORED_HEX || fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0
            || (int64_t)st.st_mtim.tv_sec * MS_SECOND + st.st_mtim.tv_nsec / 1000000 >= older_than_ms)
            continue;
        struct rows r _rows_ = {0};
        e = db_query(db, &r, STMT_FILE_STORED, p_c(entry->d_name));
        bool named = !e && rows_next(&r);
        if (!e)
            e = rows_end(&r);
        if (!e && !named && unlinkat(dirfd(d), entry->d_name, 0) == 0)
            ++*removed_r;
    }
    if (d)
        closedir(d);
    return e;
}

enum err file_store_sweep(struct file_store *s, struct db *db, int64_t older_than_ms, int64_t *removed_r)
{
    char path[PATH_BYTES + 80];
    enum err e = ERR_OK;
    *removed_r = 0;
    for (int i = 0; i < 65536 && !e; i++) {
        if (i % 256 == 0) { /* most folders of the first level are not there in a small store */
            snprintf(path, sizeof path, "%s/%02x", s->dir, (unsigned)i >> 8);
            if (access(path, F_OK) != 0) {
                i += 255;
                continue;
            }
        }
        snprintf(path, sizeof path, "%s/%02x/%02x", s->dir, (unsigned)i >> 8, (unsigned)i & 255);
        e = sweep_folder(db, path, older_than_ms, removed_r);
    }
    if (*removed_r)
        log_line(LOG_INFO, "files.swept", "removed=%lld", (long long)*removed_r);
    return e;
}
