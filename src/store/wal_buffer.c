/* The log of SQLite in large pieces: a commit of a group writes some thousand frames, each as a header of 24 bytes and a page, two calls of
 * the system a frame. Here they are gathered and go out in pieces of 124 KiB. Nothing is promised earlier: with synchronous=FULL a
 * commit syncs the log before it shows its frames to anybody, and a sync writes out what was gathered first. Whoever reads, cuts or
 * measures the file through this handle also finds it written out; other connections only read frames that a commit has shown.
 *
 * Everything else (database, locks, shared memory) is the system's own VFS, called directly. */
#include "store/wal_buffer.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 0x1f000 }; /* SQLite's unix VFS takes at most 0x1ffff bytes at once, and calls more a full disk */

struct log_file {
    sqlite3_file base; /* first */
    sqlite3_file *real; /* behind this struct */
    char *piece;
    int n;
    sqlite3_int64 at; /* where the piece begins in the file */
};

static sqlite3_vfs vfs;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int registered;

static struct log_file *log_of(sqlite3_file *f) { return (struct log_file *)f; }

/* After a failure the piece is forgotten: its frames were shown to nobody, and the transaction fails. */
static int write_out(struct log_file *l)
{
    int n = l->n;
    l->n = 0;
    return n ? l->real->pMethods->xWrite(l->real, l->piece, n, l->at) : SQLITE_OK;
}

static int log_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct log_file *l = log_of(f);
    if (l->n && at >= l->at && at + n <= l->at + l->n) { /* mends a frame of this transaction */
        memcpy(l->piece + (at - l->at), p, (size_t)n);
        return SQLITE_OK;
    }
    if (l->n && (at != l->at + l->n || l->n + n > PIECE)) {
        int code = write_out(l);
        if (code != SQLITE_OK)
            return code;
    }
    if (!l->piece && !(l->piece = malloc(PIECE)))
        return l->real->pMethods->xWrite(l->real, p, n, at);
    if (n > PIECE)
        return l->real->pMethods->xWrite(l->real, p, n, at);
    if (!l->n)
        l->at = at;
    memcpy(l->piece + l->n, p, (size_t)n);
    l->n += n;
    return SQLITE_OK;
}

static int log_close(sqlite3_file *f)
{
    struct log_file *l = log_of(f);
    int code = write_out(l), closed = l->real->pMethods->xClose(l->real);
    free(l->piece);
    l->piece = NULL;
    return code != SQLITE_OK ? code : closed;
}

#define AFTER_WRITING(call) \
    do { \
        struct log_file *l = log_of(f); \
        int code = write_out(l); \
        return code != SQLITE_OK ? code : l->real->pMethods->call; \
    } while (0)
static int log_truncate(sqlite3_file *f, sqlite3_int64 size) { AFTER_WRITING(xTruncate(l->real, size)); }
static int log_sync(sqlite3_file *f, int flags) { AFTER_WRITING(xSync(l->real, flags)); }
static int log_size(sqlite3_file *f, sqlite3_int64 *size) { AFTER_WRITING(xFileSize(l->real, size)); }
static int log_control(sqlite3_file *f, int op, void *arg) { AFTER_WRITING(xFileControl(l->real, op, arg)); }
static int log_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    struct log_file *l = log_of(f);
    if (l->n && at >= l->at && at + n <= l->at + l->n) { /* a page of this transaction that left the cache */
        memcpy(p, l->piece + (at - l->at), (size_t)n);
        return SQLITE_OK;
    }
    if (!l->n || at + n <= l->at)
        return l->real->pMethods->xRead(l->real, p, n, at);
    int code = write_out(l);
    return code != SQLITE_OK ? code : l->real->pMethods->xRead(l->real, p, n, at);
}
static int log_lock(sqlite3_file *f, int level) { return log_of(f)->real->pMethods->xLock(log_of(f)->real, level); }
static int log_unlock(sqlite3_file *f, int level) { return log_of(f)->real->pMethods->xUnlock(log_of(f)->real, level); }
static int log_locked(sqlite3_file *f, int *yes) { return log_of(f)->real->pMethods->xCheckReservedLock(log_of(f)->real, yes); }
static int log_sector(sqlite3_file *f) { return log_of(f)->real->pMethods->xSectorSize(log_of(f)->real); }
static int log_device(sqlite3_file *f) { return log_of(f)->real->pMethods->xDeviceCharacteristics(log_of(f)->real); }

static const sqlite3_io_methods log_methods = {
    .iVersion = 1, .xClose = log_close, .xRead = log_read, .xWrite = log_write, .xTruncate = log_truncate, .xSync = log_sync, .xFileSize = log_size,
    .xLock = log_lock, .xUnlock = log_unlock, .xCheckReservedLock = log_locked, .xFileControl = log_control, .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device};

static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    sqlite3_vfs *system = v->pAppData;
    if (!(flags & SQLITE_OPEN_WAL))
        return system->xOpen(system, name, f, flags, out_flags);
    struct log_file *l = log_of(f);
    memset(l, 0, sizeof *l);
    l->real = (sqlite3_file *)(l + 1);
    int code = system->xOpen(system, name, l->real, flags, out_flags);
    l->base.pMethods = code == SQLITE_OK ? &log_methods : NULL;
    return code;
}

static void register_once(void)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!system)
        return;
    vfs = *system; /* its other functions know their VFS by pAppData, which names the kind of locks */
    vfs.zName = "motcua-log";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct log_file) + system->szOsFile;
    vfs.pAppData = system;
    vfs.xOpen = open_file;
    registered = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

const char *wal_buffer_vfs(void)
{
    pthread_once(&once, register_once);
    return registered ? vfs.zName : NULL;
}
