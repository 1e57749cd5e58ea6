/* See config.h: the table of keys, and reading and writing by it. */
#include "base/config.h"
#include "base/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 64 * 1024, LINE_MAX_BYTES = 199 /* libinih's line */ };

enum kind { INT, BOOL, TEXT, CHOICE, LEVEL };
enum { LIVE = 1, SECRET = 2 };

struct key {
    const char *name;
    enum kind kind;
    size_t at, size; /* of the field; texts: with their NUL */
    unsigned flags;
    int64_t least, most, preset;
    const char *text; /* TEXT: preset; CHOICE: words, the first is the preset */
    const char *about;
};

#define NUMBER(f, flags, least, most, preset, about) {#f, INT, offsetof(struct config, f), sizeof(int64_t), flags, least, most, preset, NULL, about}
#define STRING(f, flags, text, about) {#f, TEXT, offsetof(struct config, f), sizeof(((struct config *)0)->f), flags, 0, 0, 0, text, about}

static const struct key table[] = {
    {"engine", CHOICE, offsetof(struct config, engine), sizeof(((struct config *)0)->engine), 0, 0, 0, 0, "sqlite postgres",
     "sqlite (in the program: a commune, a rehearsal) or postgres"},
    STRING(dsn, SECRET, "", "postgres: connection string of libpq; better in the environment as MOTCUA_DSN"),
    STRING(schema, 0, "", "postgres: schema, empty for public"),
    STRING(listen, 0, "127.0.0.1:8080", "address and port"),
    STRING(public_url, 0, "", "how people reach this server, as https://motcua.example.vn"),
    {"trust_forwarded", BOOL, offsetof(struct config, trust_forwarded), sizeof(bool), 0, 0, 1, 0, NULL,
     "yes behind a proxy on this machine: believe its X-Forwarded-For and -Proto, so that each client is counted for itself"},
    STRING(province, 0, "", "code of the province; empty for the whole country"),
    {"rehearsal", BOOL, offsetof(struct config, rehearsal), sizeof(bool), 0, 0, 1, 0, NULL, "set once by init: the clock may be moved"},
    NUMBER(workers, 0, 1, 256, 4, "threads that answer requests"),
    NUMBER(job_threads, 0, 1, 64, 2, "threads for slow and outside work"),
    NUMBER(lanes, 0, 1, 64, 4, "postgres: writers at the same time"),
    NUMBER(queue_max, 0, 16, 65536, 4096, "commands that may wait for a writer"),
    NUMBER(files_max_mb, LIVE, 1, 4096, 300, "largest file in megabytes"),
    NUMBER(low_disk_mb, LIVE, 0, 1048576, 512, "free megabytes below which nothing is written"),
    STRING(residence_url, 0, "", "residence system of the police, as https://…; empty: not connected"),
    STRING(residence_secret, SECRET, "", "what both sides sign with, 16 characters or more; better in the environment as MOTCUA_RESIDENCE_SECRET"),
    {"log_level", LEVEL, offsetof(struct config, log_level), sizeof(int64_t), LIVE, 3, 7, 6, "error warn info debug", "error, warn, info or debug"},
};
static const struct { const char *name; int64_t level; } levels[] = {{"error", 3}, {"warn", 4}, {"info", 6}, {"debug", 7}};

static void *field(struct config *c, const struct key *k) { return (char *)c + k->at; }
static const void *field_of(const struct config *c, const struct key *k) { return (const char *)c + k->at; }

struct config config_default(void)
{
    struct config c = {0};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct key *k = &table[i];
        switch (k->kind) {
        case INT:
        case LEVEL: memcpy(field(&c, k), &k->preset, sizeof k->preset); break;
        case BOOL: *(bool *)field(&c, k) = k->preset != 0; break;
        case TEXT: snprintf(field(&c, k), k->size, "%s", k->text); break;
        case CHOICE: snprintf(field(&c, k), k->size, "%.*s", (int)strcspn(k->text, " "), k->text); break;
        }
    }
    return c;
}

/* --- reading --- */

struct reading {
    struct str rest;
    struct config *c;
    struct fail *f;
    int line;
    bool too_long, seen[ARRAY_LEN(table)];
};

static bool complain(struct reading *r, const char *code, const char *key)
{
    fail_add(r->f, ERR_INVALID, NULL, key, code, "%d: %s", r->line, key);
    return false;
}

static const struct key *key_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static bool one_of(const char *words, const char *word)
{
    struct str rest = str_of(words), w;
    while (str_next(&rest, ' ', &w))
        if (w.n && str_is(w, word))
            return true;
    return false;
}

static bool set_number(struct reading *r, const struct key *k, const char *value)
{
    int64_t v;
    if (!str_to_i64(str_of(value), &v))
        return complain(r, "config.not-a-number", k->name);
    if (v < k->least || v > k->most)
        return complain(r, "config.out-of-range", k->name);
    memcpy(field(r->c, k), &v, sizeof v);
    return true;
}

static bool set(struct reading *r, const struct key *k, const char *value)
{
    switch (k->kind) {
    case INT: return set_number(r, k, value);
    case BOOL:
        if (!one_of("yes no true false 1 0", value))
            return complain(r, "config.not-one-of", k->name);
        *(bool *)field(r->c, k) = one_of("yes true 1", value);
        return true;
    case LEVEL:
        for (size_t i = 0; i < ARRAY_LEN(levels); i++)
            if (strcmp(levels[i].name, value) == 0) {
                memcpy(field(r->c, k), &levels[i].level, sizeof levels[i].level);
                return true;
            }
        return complain(r, "config.not-one-of", k->name);
    case CHOICE:
        if (!one_of(k->text, value))
            return complain(r, "config.not-one-of", k->name);
        break;
    case TEXT: break;
    }
    if (strlen(value) >= k->size)
        return complain(r, "config.too-long", k->name);
    snprintf(field(r->c, k), k->size, "%s", value);
    return true;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    if (r->too_long)
        return 1; /* said once, by the reader */
    if (section[0])
        return complain(r, "config.section", section);
    const struct key *k = key_of(name);
    if (!k)
        return complain(r, "config.unknown-key", name);
    if (r->seen[k - table])
        return complain(r, "config.twice", name);
    r->seen[k - table] = true;
    return set(r, k, value);
}

/* libinih tells a handler no line, so its reader counts them. */
static char *read_line(char *out, int num, void *user)
{
    struct reading *r = user;
    struct str line;
    if (r->rest.n == 0 || !str_next(&r->rest, '\n', &line))
        return NULL;
    r->line++;
    if (line.n + 2 > (size_t)num || line.n > LINE_MAX_BYTES) {
        r->too_long = true;
        complain(r, "config.line-too-long", "");
        return NULL;
    }
    memcpy(out, line.p, line.n);
    memcpy(out + line.n, "\n", 2);
    return out;
}

static enum err from_environment(struct config *c, struct fail *f)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char name[64] = "MOTCUA_";
        if (!(table[i].flags & SECRET))
            continue;
        for (size_t j = 0; table[i].name[j] && j < 50; j++)
            name[7 + j] = (char)(table[i].name[j] >= 'a' && table[i].name[j] <= 'z' ? table[i].name[j] - 32 : table[i].name[j]);
        const char *value = getenv(name);
        struct reading r = {.c = c, .f = f};
        if (value && !set(&r, &table[i], value))
            return f->err;
    }
    return ERR_OK;
}

enum err config_parse(struct str text, struct config *c_r, struct fail *f)
{
    struct config c = config_default();
    struct reading r = {.rest = text, .c = &c, .f = f};
    if (text.n && memchr(text.p, 0, text.n))
        return fail_add(f, ERR_INVALID, NULL, "", "config.syntax", "0");
    size_t before = f->n;
    int line = ini_parse_stream(read_line, &r, on_key, &r);
    if (line && f->n == before) {
        r.line = line;
        complain(&r, "config.syntax", "");
    }
    if (f->n > before)
        return f->err;
    enum err e = from_environment(&c, f);
    if (e)
        return e;
    if (strcmp(c.engine, "postgres") == 0 && !c.dsn[0])
        return fail_add(f, ERR_INVALID, NULL, "dsn", "config.dsn-missing", NULL);
    *c_r = c;
    return ERR_OK;
}

static bool path_of(const char *dir, const char *name, char out[CONFIG_PATH_MAX])
{
    int n = snprintf(out, CONFIG_PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < CONFIG_PATH_MAX;
}

enum err config_load(const char *dir, struct config *c_r, struct fail *f)
{
    char path[CONFIG_PATH_MAX];
    struct buf text _buf_ = BUF_MAX(FILE_MAX + 1);
    int fd = path_of(dir, "motcua.ini", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return fail_add(f, errno == EACCES ? ERR_FORBIDDEN : ERR_NOT_FOUND, NULL, "", "config.absent", "%s", dir);
    ssize_t n = 0;
    while (buf_reserve(&text, 4096) && (n = read(fd, text.p + text.n, 4096)) > 0)
        text.n += (size_t)n;
    close(fd);
    if (n < 0 || text.overflow)
        return fail_add(f, ERR_INVALID, NULL, "", "config.unreadable", NULL);
    return config_parse(buf_view(&text), c_r, f);
}

/* --- writing --- */

static void put_value(struct buf *b, const struct config *c, const struct key *k)
{
    int64_t v = 0;
    switch (k->kind) {
    case INT:
        memcpy(&v, field_of(c, k), sizeof v);
        buf_i64(b, v);
        break;
    case LEVEL:
        memcpy(&v, field_of(c, k), sizeof v);
        for (size_t i = 0; i < ARRAY_LEN(levels); i++)
            if (levels[i].level == v)
                buf_c(b, levels[i].name);
        break;
    case BOOL: buf_c(b, *(const bool *)field_of(c, k) ? "yes" : "no"); break;
    case TEXT:
    case CHOICE: buf_c(b, field_of(c, k)); break;
    }
}

/* Whole or not at all: a new file beside it, synced, then named. */
static enum err write_new(const char *dir, const char *path, struct str text)
{
    if (access(path, F_OK) == 0)
        return ERR_CONFLICT;
    char tmp[CONFIG_PATH_MAX];
    if (!path_of(dir, "motcua.ini.new", tmp))
        return ERR_INVALID;
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : errno == ENOSPC ? ERR_NO_SPACE : ERR_FORBIDDEN;
    bool ok = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (ok && link(tmp, path) != 0) /* unlike rename, never over another's */
        ok = false;
    bool exists = !ok && errno == EEXIST;
    unlink(tmp);
    return ok ? ERR_OK : exists ? ERR_CONFLICT : ERR_NO_SPACE;
}

enum err config_write(const char *dir, const struct config *c, struct fail *f)
{
    char path[CONFIG_PATH_MAX];
    struct buf b _buf_ = BUF_MAX(FILE_MAX);
    buf_c(&b, "# Configuration of motcua. After a change: kill -HUP, or a restart for keys marked (restart).\n");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct key *k = &table[i];
        buf_printf(&b, "\n# %s%s", k->about, k->flags & LIVE ? "" : " (restart)");
        if (k->kind == INT)
            buf_printf(&b, " [%lld to %lld]", (long long)k->least, (long long)k->most);
        buf_printf(&b, "\n%s = ", k->name);
        put_value(&b, c, k);
        buf_char(&b, '\n');
    }
    /* What is written must be readable: a line break or a comment sign in a value would be another configuration. */
    struct config again;
    struct fail why = {0};
    if (b.overflow || config_parse(buf_view(&b), &again, &why))
        return fail_add(f, ERR_INVALID, NULL, why.n ? why.item[0].pointer : "", why.n ? why.item[0].code : "config.too-long", "%s",
                        why.n ? why.item[0].param : "");
    enum err e = path_of(dir, "motcua.ini", path) ? write_new(dir, path, buf_view(&b)) : ERR_INVALID;
    if (e)
        return fail_add(f, e, NULL, "", e == ERR_CONFLICT ? "config.exists" : "config.unwritable", "%s", dir);
    return ERR_OK;
}

enum err config_reload(const char *dir, struct config *c, struct config_change changes[CONFIG_CHANGES_MAX], size_t *n_r, struct fail *f)
{
    _Static_assert(ARRAY_LEN(table) <= CONFIG_CHANGES_MAX, "room for every key");
    struct config fresh;
    *n_r = 0;
    enum err e = config_load(dir, &fresh, f);
    if (e)
        return e;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct key *k = &table[i];
        bool text = k->kind == TEXT || k->kind == CHOICE;
        if (text ? strcmp(field_of(c, k), field_of(&fresh, k)) == 0 : memcmp(field_of(c, k), field_of(&fresh, k), k->size) == 0)
            continue;
        changes[(*n_r)++] = (struct config_change){k->name, (k->flags & LIVE) != 0};
        if (k->flags & LIVE)
            memcpy(field(c, k), field_of(&fresh, k), k->size);
    }
    return ERR_OK;
}
