/* See keys.h. */
#include "base/keys.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4000, HEX = KEY_BYTES * 2 };

static bool path_of(char out[PATH_BYTES], const char *dir, const char *name)
{
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES;
}

struct key keys_seed(struct str words)
{
    static const struct key none;
    struct hash h = KEYED_HASH(&none, STR("seed of a rehearsal 1"), words);
    struct key k;
    memcpy(k.b, h.b, sizeof k.b);
    return k;
}

static struct key master_of(const struct key *seed)
{
    struct hash h = KEYED_HASH(seed, STR("master key of a rehearsal 1"));
    struct key k;
    memcpy(k.b, h.b, sizeof k.b);
    return k;
}

static enum err write_key(const char *dir, const char *name, const struct key *k, struct fail *f)
{
    char path[PATH_BYTES], text[HEX + 2];
    hex_format(k->b, sizeof k->b, text);
    text[HEX] = '\n';
    int fd = path_of(path, dir, name) ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return errno == EEXIST ? fail_add(f, ERR_CONFLICT, NULL, "", "keys.exist", "%s", name)
                               : fail_add(f, ERR_FORBIDDEN, NULL, "", "keys.unwritable", "%s", name);
    bool ok = write(fd, text, HEX + 1) == HEX + 1 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    sodium_memzero(text, sizeof text);
    if (!ok) {
        unlink(path);
        return fail_add(f, ERR_NO_SPACE, NULL, "", "keys.unwritable", "%s", name);
    }
    return ERR_OK;
}

static enum err sync_folder(const char *path, struct fail *f)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? ERR_OK : fail_add(f, ERR_INTERNAL, NULL, "", "keys.unwritable", NULL);
}

enum err keys_create(const char *dir, const struct key *seed, struct fail *f)
{
    char path[PATH_BYTES];
    struct key master;
    if (!path_of(path, dir, "keys") || (mkdir(path, 0700) != 0 && errno != EEXIST))
        return fail_add(f, ERR_FORBIDDEN, NULL, "", "keys.unwritable", NULL);
    if (seed)
        master = master_of(seed);
    else
        randombytes_buf(master.b, sizeof master.b);
    enum err e = write_key(dir, "keys/master.key", &master, f);
    if (!e && seed)
        e = write_key(dir, "keys/rehearsal.seed", seed, f);
    sodium_memzero(&master, sizeof master);
    return e ? e : sync_folder(path, f);
}

/* ERR_NOT_FOUND without a complaint when there is no such file. */
static enum err read_key(const char *dir, const char *name, struct key *k_r, struct fail *f)
{
    char path[PATH_BYTES], text[HEX + 2];
    struct stat st;
    int fd = path_of(path, dir, name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : fail_add(f, ERR_FORBIDDEN, NULL, "", "keys.unreadable", "%s", name);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) || (st.st_uid != geteuid() && st.st_uid != 0)) {
        close(fd);
        return fail_add(f, ERR_FORBIDDEN, NULL, "", "keys.permissions", "%s %03o", name, (unsigned)st.st_mode & 0777);
    }
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    bool ok = n >= HEX && n <= HEX + 1 && (n == HEX || text[HEX] == '\n') && hex_parse(str_bytes(text, HEX), k_r->b, KEY_BYTES);
    sodium_memzero(text, sizeof text);
    return ok ? ERR_OK : fail_add(f, ERR_CORRUPT, NULL, "", "keys.damaged", "%s", name);
}

enum err keys_load(const char *dir, struct keys *k_r, struct fail *f)
{
    struct keys k = {0};
    enum err e = read_key(dir, "keys/master.key", &k.master, f);
    if (e)
        return e == ERR_NOT_FOUND ? fail_add(f, e, NULL, "", "keys.absent", NULL) : e;
    e = read_key(dir, "keys/rehearsal.seed", &k.seed, f);
    if (e && e != ERR_NOT_FOUND)
        return e;
    k.rehearsal = e == ERR_OK;
    if (k.rehearsal) {
        struct key expected = master_of(&k.seed);
        if (!equal_in_constant_time(expected.b, k.master.b, KEY_BYTES))
            return fail_add(f, ERR_CORRUPT, NULL, "", "keys.seed-mismatch", NULL);
    }
    *k_r = k;
    return ERR_OK;
}

enum err dir_lock(const char *dir, struct dir_lock *l_r, struct fail *f)
{
    char path[PATH_BYTES], pid[24] = "";
    *l_r = DIR_LOCK_NONE;
    int fd = path_of(path, dir, "lock") ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return fail_add(f, errno == ENOENT ? ERR_NOT_FOUND : ERR_FORBIDDEN, NULL, "", "dir.unwritable", "%s", dir);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
        close(fd);
        return fail_add(f, ERR_UNAVAILABLE, NULL, "", "dir.locked", "%.*s", n > 0 ? (int)strspn(pid, "0123456789") : 0, pid);
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
        close(fd);
        return fail_add(f, ERR_NO_SPACE, NULL, "", "dir.unwritable", "%s", dir);
    }
    l_r->fd = fd;
    return ERR_OK;
}

void dir_unlock(struct dir_lock *l)
{
    if (l->fd >= 0) {
        (void)!ftruncate(l->fd, 0);
        close(l->fd);
    }
    *l = DIR_LOCK_NONE;
}
