/* The content store: what was uploaded comes back byte for byte or not at all; nothing half done stays; owners share nothing. */
#include "support/store_fixture.h"
#include "base/log.h"
#include "base/timex.h"
#include "store/files_private.h"
#include "store/writer.h"
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct shelf {
    struct fixture *g;
    struct writer *writer;
    struct file_store *store;
    struct db *db;
    char dir[240];
};

static struct shelf shelf_up(struct fixture *g, int64_t max)
{
    struct shelf s = {.g = g};
    struct fail f = {0};
    assert_int_equal(writer_start(g->store, &(struct writer_config){.lanes = 2, .group_max = 32, .queue_max = 64}, &s.writer), ERR_OK);
    snprintf(s.dir, sizeof s.dir, "%s/files", g->folder);
    struct file_store_config c = {.dir = s.dir, .writer = s.writer, .max_bytes = max};
    memset(c.wrap.b, 7, sizeof c.wrap.b);
    assert_int_equal(file_store_open(&c, &s.store, &f), ERR_OK);
    assert_int_equal(db_open(g->store, DB_READ, &s.db), ERR_OK);
    return s;
}

static void shelf_down(struct shelf *s)
{
    db_close(&s->db);
    file_store_close(&s->store);
    writer_stop(&s->writer);
}

static int count_files;
static int count_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)path, (void)st, (void)walk;
    count_files += flag == FTW_F;
    return 0;
}
static int files_on_disk(const struct shelf *s)
{
    count_files = 0;
    nftw(s->dir, count_one, 8, FTW_PHYS);
    return count_files;
}

static enum err upload(struct shelf *s, const char *owner, const char *name, const char *type, struct str text, size_t piece, struct file_info *i,
                       struct fail *f)
{
    struct file_writer *w _file_writer_ = NULL;
    *f = (struct fail){0};
    enum err e = file_writer_begin(s->store, str_of(owner), str_of(name), str_of(type), 1000, &w, f);
    for (size_t at = 0; !e && at < text.n; at += piece)
        e = file_writer_data(w, str_sub(text, at, piece), f);
    return e ? e : file_writer_end(&w, i, f);
}

static void same(struct shelf *s, const struct file_info *i, struct str text)
{
    struct file_reader *r _file_reader_ = NULL;
    struct file_info again;
    struct str owner = str_of(i->owner), chunk;
    struct fail f = {0};
    size_t at = 0;
    assert_int_equal(file_open(s->store, s->db, &owner, 1, &i->sha256, &r, &again, &f), ERR_OK);
    assert_int_equal(again.size, text.n);
    do {
        assert_int_equal(file_read(r, &chunk), ERR_OK);
        assert_true(str_eq(chunk, str_sub(text, at, chunk.n)));
        at += chunk.n;
    } while (chunk.n);
    assert_int_equal(at, text.n);
    assert_int_equal(file_read(r, &chunk), ERR_OK);
    assert_int_equal(chunk.n, 0);
}

/* A text of n bytes that compresses badly and has no NUL. */
static struct str text_of(size_t n)
{
    char *p = malloc(n);
    uint32_t x = (uint32_t)n + 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (char)('a' + x % 23);
    }
    return str_bytes(p, n);
}
static void text_free(struct str s) { free((void *)(uintptr_t)s.p); }

static void test_what_was_uploaded_comes_back(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 22);
    static const size_t sizes[] = {1, 2, FILE_CHUNK - 1, FILE_CHUNK, FILE_CHUNK + 1, 2 * FILE_CHUNK, 2 * FILE_CHUNK + 17, 1000000};
    static const size_t pieces[] = {1 << 20, FILE_CHUNK, 4097};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct str text = text_of(sizes[i]);
        struct file_info info;
        struct fail f;
        assert_int_equal(upload(&s, "citizen:1", "Giấy tờ.txt", "text/plain", text, pieces[i % 3], &info, &f), ERR_OK);
        struct hash sha = SHA256(text);
        assert_memory_equal(sha.b, info.sha256.b, HASH_BYTES);
        assert_string_equal(info.type, "text/plain");
        assert_int_equal(info.at, 1000);
        same(&s, &info, text);
        text_free(text);
    }
    assert_int_equal(files_on_disk(&s), ARRAY_LEN(sizes));
    shelf_down(&s);
}

static bool leaked;
static const char *secret[2];
static int look_for_secret(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    char bytes[4096];
    (void)st, (void)walk;
    for (size_t i = 0; i < ARRAY_LEN(secret); i++)
        leaked = leaked || strstr(path, secret[i]);
    FILE *in = flag == FTW_F ? fopen(path, "r") : NULL;
    if (in) {
        struct str s = str_bytes(bytes, fread(bytes, 1, sizeof bytes, in));
        for (size_t i = 0; i < ARRAY_LEN(secret); i++)
            leaked = leaked || str_find(s, str_of(secret[i])) >= 0;
        fclose(in);
    }
    return 0;
}

static void test_nothing_of_the_content_can_be_read_on_the_disk(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 20);
    struct file_info info;
    struct fail f;
    char hex[HASH_BYTES * 2 + 1];
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", STR("so can cuoc cong dan 001099000001"), 10, &info, &f), ERR_OK);
    hex_format(info.sha256.b, HASH_BYTES, hex);
    secret[0] = "can cuoc";
    secret[1] = hex; /* whoever has the same document must not find it by its hash */
    leaked = false;
    nftw(s.dir, look_for_secret, 8, FTW_PHYS);
    assert_false(leaked);
    shelf_down(&s);
}

static void test_equal_content_is_shared_within_one_owner_only(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 20);
    struct file_info a, again, b;
    struct fail f;
    assert_int_equal(upload(&s, "citizen:1", "first.txt", "", STR("the same"), 3, &a, &f), ERR_OK);
    assert_int_equal(upload(&s, "citizen:1", "second.txt", "", STR("the same"), 8, &again, &f), ERR_OK);
    assert_string_equal(again.name, "first.txt");
    assert_int_equal(files_on_disk(&s), 1);
    assert_int_equal(upload(&s, "citizen:2", "third.txt", "", STR("the same"), 8, &b, &f), ERR_OK);
    assert_int_equal(files_on_disk(&s), 2);
    assert_memory_equal(a.sha256.b, b.sha256.b, HASH_BYTES);
    same(&s, &a, STR("the same"));
    same(&s, &b, STR("the same"));
    /* A key does not open another owner's content: rows cannot be swapped. */
    fixture_sql(s.g, "UPDATE file SET stored = (SELECT stored FROM file WHERE owner = 'citizen:2') WHERE owner = 'citizen:1'");
    struct file_reader *r = NULL;
    struct file_info i;
    struct str owner = STR("citizen:1"), chunk;
    assert_int_equal(file_open(s.store, s.db, &owner, 1, &a.sha256, &r, &i, &f), ERR_OK);
    assert_int_equal(file_read(r, &chunk), ERR_CORRUPT);
    file_close(&r);
    fixture_sql(s.g, "UPDATE file SET wrapped = (SELECT wrapped FROM file WHERE owner = 'citizen:2') WHERE owner = 'citizen:1'");
    assert_int_equal(file_open(s.store, s.db, &owner, 1, &a.sha256, &r, &i, &f), ERR_CORRUPT);
    shelf_down(&s);
}

static void test_only_who_uploaded_may_cite(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 20);
    struct file_info a, found;
    struct fail f;
    struct hash other = {{1}};
    struct str mine[] = {STR("staff:9"), STR("citizen:1")}, theirs = STR("citizen:2");
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", STR("x"), 3, &a, &f), ERR_OK);
    assert_int_equal(file_may_cite(s.db, mine, 2, &a.sha256), ERR_OK);
    assert_int_equal(file_may_cite(s.db, &theirs, 1, &a.sha256), ERR_NOT_FOUND);
    assert_int_equal(file_may_cite(s.db, NULL, 0, &a.sha256), ERR_NOT_FOUND);
    assert_int_equal(file_may_cite(s.db, mine, 2, &other), ERR_NOT_FOUND);
    assert_int_equal(file_find(s.db, mine, 2, &a.sha256, &found), ERR_OK);
    assert_string_equal(found.owner, "citizen:1");
    /* Through a dossier: of whomever. */
    struct file_reader *r _file_reader_ = NULL;
    assert_int_equal(file_open(s.store, s.db, NULL, 0, &a.sha256, &r, &found, &f), ERR_OK);
    shelf_down(&s);
}

static void test_a_type_that_contradicts_is_refused(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 20);
    static const struct { const char *declared, *text; size_t n; enum err e; const char *is; } cases[] = {
#define CASE(declared, text, e, is) {declared, text, sizeof(text) - 1, e, is}
        CASE("application/pdf", "%PDF-1.7 x", ERR_OK, "application/pdf"),
        CASE("", "%PDF-1.7 x", ERR_OK, "application/pdf"),
        CASE("application/octet-stream", "\x89PNG\r\n\x1a\n123", ERR_OK, "image/png"),
        CASE("image/jpg", "\xff\xd8\xff\xe0", ERR_OK, "image/jpeg"),
        CASE("image/png", "%PDF-1.7 x", ERR_TYPE, "file.type-mismatch"),
        CASE("application/pdf", "MZ\x90\0\x03", ERR_TYPE, "file.type-mismatch"),
        CASE("application/pdf", "just words", ERR_TYPE, "file.type-mismatch"),
        CASE("text/plain; charset=utf-8", "ch\xe1\xbb\xaf", ERR_OK, "text/plain"),
        CASE("text/plain", "bro\xe1\xbbken", ERR_TYPE, "file.type-mismatch"),
        CASE("text/plain", "nul\0nul", ERR_TYPE, "file.type-mismatch"),
        CASE("text/plain", " <HTML><script>", ERR_TYPE, "file.type-mismatch"),
        CASE("text/html", "<html>", ERR_TYPE, "file.type-unknown"),
        CASE("", "<!DOCTYPE html>", ERR_TYPE, "file.type-unknown"),
        CASE("application/xml", "\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", ERR_OK, "application/xml"),
        CASE("application/xml", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", ERR_TYPE, "file.type-mismatch"),
        CASE("text/xml", "no xml", ERR_TYPE, "file.type-mismatch"),
        CASE("application/x-msdownload", "MZ", ERR_TYPE, "file.type-unknown"),
        CASE("application/vnd.openxmlformats-officedocument.wordprocessingml.document",
             "PK\x03\x04" "01234567890123456789012345[Content_Types].xml .. word/document.xml", ERR_OK,
             "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        CASE("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04 something else", ERR_TYPE, "file.type-mismatch"),
        CASE("", "PK\x03\x04" "01234567890123456789012345mimetypeapplication/vnd.oasis.opendocument.text", ERR_OK,
             "application/vnd.oasis.opendocument.text"),
#undef CASE
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct file_info info;
        struct fail f;
        assert_int_equal(upload(&s, "citizen:1", "a", cases[i].declared, str_bytes(cases[i].text, cases[i].n), 4, &info, &f), cases[i].e);
        assert_string_equal(cases[i].e ? f.item[0].code : info.type, cases[i].is);
    }
    /* A text that turns into something else after its first chunk. */
    struct str text = text_of(FILE_CHUNK + 100);
    ((char *)(uintptr_t)text.p)[FILE_CHUNK + 50] = 0;
    struct file_info info;
    struct fail f;
    assert_int_equal(upload(&s, "citizen:1", "a", "text/plain", text, 50000, &info, &f), ERR_TYPE);
    /* A character that the border of two chunks cuts is not a broken one. */
    memset((char *)(uintptr_t)text.p, 'a', text.n);
    memcpy((char *)(uintptr_t)text.p + FILE_CHUNK - 1, "\xe1\xbb\xaf", 3);
    assert_int_equal(upload(&s, "citizen:1", "a", "text/plain", text, 50000, &info, &f), ERR_OK);
    text_free(text);
    shelf_down(&s);
}

static void test_names_are_composed_and_harmless(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 20);
    static const char *const bad[] = {"", "   ", ".", "..", "a/b", "a\\b", "a\nb", "a\x01" "b", "\xff", "a\xe2\x80\xae" "fdp.exe"};
    struct file_info info;
    struct fail f;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(upload(&s, "citizen:1", bad[i], "", STR("x"), 1, &info, &f), ERR_INVALID);
        assert_string_equal(f.item[0].code, "file.name");
    }
    char name[300];
    memset(name, 'n', sizeof name);
    name[201] = '\0';
    assert_int_equal(upload(&s, "citizen:1", name, "", STR("x"), 1, &info, &f), ERR_INVALID);
    name[200] = '\0';
    assert_int_equal(upload(&s, "citizen:1", name, "", STR("x"), 1, &info, &f), ERR_OK);
    assert_int_equal(upload(&s, "citizen:1", "Gia\xcc\x82\xcc\x81y.pdf", "", STR("y"), 1, &info, &f), ERR_OK);
    assert_string_equal(info.name, "Gi\xe1\xba\xa5y.pdf");
    shelf_down(&s);
}

static void test_what_is_too_large_or_empty_leaves_nothing(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 100000);
    struct file_info info;
    struct fail f;
    struct str text = text_of(100001);
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 30000, &info, &f), ERR_TOO_LARGE);
    assert_string_equal(f.item[0].code, "file.too-large");
    assert_string_equal(f.item[0].param, "100000");
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", STR(""), 1, &info, &f), ERR_INVALID);
    assert_string_equal(f.item[0].code, "file.empty");
    assert_int_equal(files_on_disk(&s), 0);
    file_store_limit(s.store, 200000);
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 30000, &info, &f), ERR_OK);
    text_free(text);
    shelf_down(&s);
}

static void test_a_full_disk_leaves_nothing(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 24);
    struct file_info info;
    struct fail f;
    struct str text = text_of(3000000);
    struct rlimit was, small = {1 << 20, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files stands in for a full disk: both end in a failing write */
    getrlimit(RLIMIT_FSIZE, &was);
    small.rlim_max = was.rlim_max;
    if (s.g->engine == ENGINE_POSTGRES) { /* SQLite's own files would meet the limit, too */
        setrlimit(RLIMIT_FSIZE, &small);
        assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 65536, &info, &f), ERR_NO_SPACE);
        setrlimit(RLIMIT_FSIZE, &was);
        assert_string_equal(f.item[0].code, "file.no-space");
        assert_int_equal(files_on_disk(&s), 0);
    }
    writer_read_only(s.writer, "low-disk");
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 65536, &info, &f), ERR_NO_SPACE);
    writer_read_only(s.writer, "clock-jump");
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 65536, &info, &f), ERR_UNAVAILABLE);
    writer_read_only(s.writer, NULL);
    /* Read-only in the middle of an upload: no row, no content. */
    struct file_writer *w = NULL;
    f = (struct fail){0};
    assert_int_equal(file_writer_begin(s.store, STR("citizen:1"), STR("a"), STR(""), 1, &w, &f), ERR_OK);
    assert_int_equal(file_writer_data(w, STR("abc"), &f), ERR_OK);
    writer_read_only(s.writer, "migration");
    assert_int_equal(file_writer_end(&w, &info, &f), ERR_UNAVAILABLE);
    assert_null(w);
    writer_read_only(s.writer, NULL);
    assert_int_equal(files_on_disk(&s), 0);
    assert_int_equal(fixture_int(s.g, "SELECT count(*) FROM file"), 0);
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 65536, &info, &f), ERR_OK);
    same(&s, &info, text);
    text_free(text);
    shelf_down(&s);
}

/* The path of the only stored file. */
static char only_path[400];
static int find_only(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st, (void)walk;
    if (flag == FTW_F)
        snprintf(only_path, sizeof only_path, "%s", path);
    return 0;
}

static enum err read_all(struct shelf *s, const struct file_info *i, size_t *n_r)
{
    struct file_reader *r _file_reader_ = NULL;
    struct file_info again;
    struct fail f = {0};
    struct str chunk, owner = str_of(i->owner);
    *n_r = 0;
    enum err e = file_open(s->store, s->db, &owner, 1, &i->sha256, &r, &again, &f);
    while (!e && (e = file_read(r, &chunk)) == ERR_OK && chunk.n)
        *n_r += chunk.n;
    return e;
}

static void test_a_changed_or_cut_file_is_never_given_out_as_whole(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 24);
    struct file_info info;
    struct fail f;
    struct str text = text_of(3 * FILE_CHUNK);
    size_t n;
    assert_int_equal(upload(&s, "citizen:1", "a.txt", "", text, 65536, &info, &f), ERR_OK);
    nftw(s.dir, find_only, 8, FTW_PHYS);
    struct stat st;
    assert_int_equal(stat(only_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *bytes = malloc((size_t)st.st_size), *changed = malloc((size_t)st.st_size);
    FILE *in = fopen(only_path, "r");
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, in), st.st_size);
    fclose(in);
    size_t chunk = FILE_CHUNK + 17, head = 28;
    for (int kind = 0; kind < 5; kind++) {
        size_t size = (size_t)st.st_size;
        memcpy(changed, bytes, size);
        switch (kind) {
        case 0: changed[size / 2] ^= 1; break;
        case 1: size -= chunk; break; /* the last chunk left out */
        case 2: size -= 1; break;
        case 3: /* two chunks change places */
            memcpy(changed + head, bytes + head + chunk, chunk);
            memcpy(changed + head + chunk, bytes + head, chunk);
            break;
        case 4: changed[10] ^= 1; break; /* the head */
        }
        FILE *out = fopen(only_path, "w");
        fwrite(changed, 1, size, out);
        fclose(out);
        assert_int_equal(read_all(&s, &info, &n), ERR_CORRUPT);
        assert_true(n < text.n);
    }
    assert_int_equal(unlink(only_path), 0);
    assert_int_equal(read_all(&s, &info, &n), ERR_CORRUPT);
    FILE *out = fopen(only_path, "w");
    fwrite(bytes, 1, (size_t)st.st_size, out);
    fclose(out);
    assert_int_equal(read_all(&s, &info, &n), ERR_OK);
    assert_int_equal(n, text.n);
    free(bytes);
    free(changed);
    text_free(text);
    shelf_down(&s);
}

static void test_leftovers_of_a_crash_go_and_uploads_of_others_stay(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 24);
    struct fail f = {0};
    char path[400];
    snprintf(path, sizeof path, "%s/tmp/0123456789abcdef", s.dir);
    fclose(fopen(path, "w"));
    struct file_writer *w = NULL;
    assert_int_equal(file_writer_begin(s.store, STR("citizen:1"), STR("a"), STR(""), 1, &w, &f), ERR_OK);
    struct file_store_config c = {.dir = s.dir, .writer = s.writer, .max_bytes = 100};
    struct file_store *second;
    assert_int_equal(file_store_open(&c, &second, &f), ERR_OK); /* another process starts */
    file_store_close(&second);
    assert_int_equal(files_on_disk(&s), 1);
    struct file_info info;
    assert_int_equal(file_writer_data(w, STR("abc"), &f), ERR_OK);
    assert_int_equal(file_writer_end(&w, &info, &f), ERR_OK);
    same(&s, &info, STR("abc"));
    /* Content without a row: died between rename and row. */
    snprintf(path, sizeof path, "%s/ab", s.dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/ab/cd", s.dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/ab/cd/abcd%060d", s.dir, 0);
    fclose(fopen(path, "w"));
    int64_t removed;
    assert_int_equal(file_store_sweep(s.store, s.db, time_machine_ms() - MS_DAY, &removed), ERR_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(file_store_sweep(s.store, s.db, time_machine_ms() + MS_MINUTE, &removed), ERR_OK);
    assert_int_equal(removed, 1);
    same(&s, &info, STR("abc"));
    shelf_down(&s);
}

static void test_what_is_destroyed_is_gone_and_may_come_again(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 24);
    struct fail f;
    struct file_info info;
    struct str owner = STR("citizen:1");
    size_t n;
    assert_int_equal(upload(&s, "citizen:1", "a", "", STR("forget me"), 4, &info, &f), ERR_OK);
    assert_int_equal(file_destroy(s.store, s.db, owner, &info.sha256, NULL, NULL), ERR_OK);
    assert_int_equal(files_on_disk(&s), 0);
    assert_int_equal(read_all(&s, &info, &n), ERR_NOT_FOUND);
    assert_int_equal(file_may_cite(s.db, &owner, 1, &info.sha256), ERR_NOT_FOUND);
    assert_int_equal(file_destroy(s.store, s.db, owner, &info.sha256, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(upload(&s, "citizen:1", "b", "", STR("forget me"), 4, &info, &f), ERR_OK);
    assert_string_equal(info.name, "b");
    same(&s, &info, STR("forget me"));
    shelf_down(&s);
}

/* In builds with fault points: killed at each step, and a disk that is full at each step. */
static void test_killed_or_full_at_any_step_nothing_half_done_stays(void **state)
{
#ifdef MOTCUA_FAULT_POINTS
    static const char *const steps[] = {"files.write:1", "files.write:2", "files.write:4", "files.sync:1", "files.before-row:1"};
    struct fixture *f = fixture_of(state);
    struct str text = text_of(3 * FILE_CHUNK);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        char plan[60];
        int status;
        snprintf(plan, sizeof plan, "%s:kill", steps[i]);
        pid_t child = fork();
        if (child == 0) {
            struct shelf c = shelf_up(f, 1 << 24);
            struct file_info info;
            struct fail why;
            setenv("MOTCUA_FAULT", plan, 1);
            (void)!upload(&c, "citizen:1", "a.txt", "", text, 50000, &info, &why);
            _exit(0);
        }
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        struct shelf s = shelf_up(f, 1 << 24); /* removes the temporary file */
        int64_t removed;
        assert_int_equal(fixture_int(f, "SELECT COUNT(*) FROM file"), 0);
        assert_int_equal(file_store_sweep(s.store, s.db, time_machine_ms() + MS_MINUTE, &removed), ERR_OK);
        assert_int_equal(removed, strcmp(steps[i], "files.before-row:1") == 0);
        assert_int_equal(files_on_disk(&s), 0);
        shelf_down(&s);
        child = fork(); /* the count of passes is per process */
        if (child == 0) {
            struct shelf c = shelf_up(f, 1 << 24);
            struct file_info info;
            struct fail why;
            snprintf(plan, sizeof plan, "%s:fail", steps[i]);
            setenv("MOTCUA_FAULT", plan, 1);
            enum err e = upload(&c, "citizen:1", "a.txt", "", text, 50000, &info, &why);
            bool clean = files_on_disk(&c) == 0;
            _exit(e == ERR_NO_SPACE && clean ? 7 : e == ERR_OK ? 8 : e == ERR_UNAVAILABLE && clean ? 9 : 1);
        }
        waitpid(child, &status, 0);
        bool write = strncmp(steps[i], "files.write", 11) == 0, row = strncmp(steps[i], "files.before-row", 16) == 0;
        assert_int_equal(WEXITSTATUS(status), write ? 7 : row ? 8 : 9);
        fixture_sql(f, "DELETE FROM file");
        s = shelf_up(f, 1 << 24);
        assert_int_equal(file_store_sweep(s.store, s.db, time_machine_ms() + MS_MINUTE, &removed), ERR_OK);
        shelf_down(&s);
    }
    text_free(text);
#else
    (void)state;
    skip();
#endif
}

struct racer {
    struct shelf *s;
    pthread_t thread;
    struct file_info info;
    enum err e;
};
static void *race(void *arg)
{
    struct racer *r = arg;
    struct fail f;
    r->e = upload(r->s, "citizen:1", "race", "", STR("the very same content"), 5, &r->info, &f);
    return NULL;
}

static void test_two_uploads_at_once_of_the_same_leave_one_good_file(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 1 << 24);
    struct racer r[8];
    for (size_t i = 0; i < ARRAY_LEN(r); i++) {
        r[i].s = &s;
        assert_int_equal(pthread_create(&r[i].thread, NULL, race, &r[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(r); i++) {
        pthread_join(r[i].thread, NULL);
        assert_int_equal(r[i].e, ERR_OK);
    }
    assert_int_equal(files_on_disk(&s), 1);
    same(&s, &r[0].info, STR("the very same content"));
    shelf_down(&s);
}

/* Measures, and asserts only what no machine should miss. MOTCUA_MEASURE=1 prints. */
static void test_a_large_file_streams_in_constant_memory(void **state)
{
    struct shelf s = shelf_up(fixture_of(state), 400LL << 20);
    bool measure = getenv("MOTCUA_MEASURE") != NULL;
    size_t total = measure ? 300u << 20 : 8u << 20, n;
    struct str block = text_of(1 << 20);
    struct file_writer *w = NULL;
    struct file_info info;
    struct fail f = {0};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    int64_t t0 = time_monotonic_us();
    assert_int_equal(file_writer_begin(s.store, STR("citizen:1"), STR("a"), STR("text/plain"), 1, &w, &f), ERR_OK);
    for (size_t at = 0; at < total; at += block.n)
        assert_int_equal(file_writer_data(w, block, &f), ERR_OK);
    int64_t t1 = time_monotonic_us();
    assert_int_equal(file_writer_end(&w, &info, &f), ERR_OK);
    int64_t t2 = time_monotonic_us();
    assert_int_equal(read_all(&s, &info, &n), ERR_OK);
    int64_t t3 = time_monotonic_us();
    assert_int_equal(n, total);
    getrusage(RUSAGE_SELF, &after);
    if (measure)
        print_message("%zu MB: taken in at %.0f MB/s (with the sync %.0f), given out at %.0f MB/s, grew by %ld kB\n", total >> 20,
                      (double)total / (double)(t1 - t0), (double)total / (double)(t2 - t0), (double)total / (double)(t3 - t2),
                      after.ru_maxrss - before.ru_maxrss);
    text_free(block);
    shelf_down(&s);
}

int main(void)
{
    crypto_start();
    log_level_set((enum log_level)0); /* damage is what these tests make */
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_what_was_uploaded_comes_back),
        BOTH_ENGINES(test_nothing_of_the_content_can_be_read_on_the_disk),
        BOTH_ENGINES(test_equal_content_is_shared_within_one_owner_only),
        BOTH_ENGINES(test_only_who_uploaded_may_cite),
        BOTH_ENGINES(test_a_type_that_contradicts_is_refused),
        BOTH_ENGINES(test_names_are_composed_and_harmless),
        BOTH_ENGINES(test_what_is_too_large_or_empty_leaves_nothing),
        BOTH_ENGINES(test_a_full_disk_leaves_nothing),
        BOTH_ENGINES(test_a_changed_or_cut_file_is_never_given_out_as_whole),
        BOTH_ENGINES(test_leftovers_of_a_crash_go_and_uploads_of_others_stay),
        BOTH_ENGINES(test_killed_or_full_at_any_step_nothing_half_done_stays),
        BOTH_ENGINES(test_what_is_destroyed_is_gone_and_may_come_again),
        BOTH_ENGINES(test_two_uploads_at_once_of_the_same_leave_one_good_file),
        BOTH_ENGINES(test_a_large_file_streams_in_constant_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
