/* Configuration, keys and the lock of a folder: what an operator may get wrong is told with its line, and nothing is guessed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/config.h"
#include "base/keys.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int make_folder(void **state)
{
    char *dir = strdup("/tmp/motcua-config-XXXXXX");
    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"keys/master.key", "keys/rehearsal.seed", "motcua.ini", "lock", "keys", ""};
    char path[300];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", (char *)*state, names[i]);
        (void)remove(path);
    }
    free(*state);
    return 0;
}

static void refused(const char *text, const char *code, const char *param)
{
    struct config c = {0};
    struct fail f = {0};
    assert_int_equal(config_parse(str_of(text), &c, &f), ERR_INVALID);
    assert_true(f.n >= 1);
    assert_string_equal(f.item[0].code, code);
    assert_string_equal(f.item[0].param, param);
}

static void test_defaults_are_within_their_own_limits(void **state)
{
    (void)state;
    struct config c, d = config_default();
    struct fail f = {0};
    assert_int_equal(config_parse(STR(""), &c, &f), ERR_OK);
    assert_string_equal(c.engine, "sqlite");
    assert_string_equal(c.listen, "127.0.0.1:8080");
    assert_int_equal(c.files_max_mb, 300);
    assert_int_equal(c.log_level, 6);
    assert_int_equal(c.workers, d.workers);
    assert_false(c.trust_forwarded); /* who believes headers without a proxy before it lets anybody be anyone */
}

static void test_values_are_read(void **state)
{
    (void)state;
    struct config c;
    struct fail f = {0};
    assert_int_equal(config_parse(STR("# words\n\nengine = postgres\ndsn = host=/run/pg dbname=mc\nworkers=12\n"
                                      "log_level = debug\nrehearsal = yes\nprovince = 91"), &c, &f), ERR_OK);
    assert_string_equal(c.engine, "postgres");
    assert_string_equal(c.dsn, "host=/run/pg dbname=mc");
    assert_string_equal(c.province, "91");
    assert_int_equal(c.workers, 12);
    assert_int_equal(c.log_level, 7);
    assert_true(c.rehearsal);
}

static void test_a_wrong_line_is_named(void **state)
{
    (void)state;
    refused("engine = sqlite\n\nworker = 4\n", "config.unknown-key", "3: worker");
    refused("workers = many\n", "config.not-a-number", "1: workers");
    refused("workers = 4 000\n", "config.not-a-number", "1: workers");
    refused("workers = 0\n", "config.out-of-range", "1: workers");
    refused("workers = 99999999999999999999\n", "config.not-a-number", "1: workers");
    refused("# a\nworkers = 4\nworkers = 5\n", "config.twice", "3: workers");
    refused("engine = oracle\n", "config.not-one-of", "1: engine");
    refused("rehearsal = maybe\n", "config.not-one-of", "1: rehearsal");
    refused("log_level = loud\n", "config.not-one-of", "1: log_level");
    refused("[server]\nworkers = 4\n", "config.section", "2: server");
    refused("workers = 4\nno sign here\n", "config.syntax", "2: ");
    refused("engine = postgres\n", "config.dsn-missing", "");
    refused("listen = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
            "config.too-long", "1: listen");
    char lines[600] = "dsn = ";
    memset(lines + 6, 'x', 500);
    refused(lines, "config.line-too-long", "1: ");
}

static void test_every_fault_is_told_at_once(void **state)
{
    (void)state;
    struct config c;
    struct fail f = {0};
    assert_int_equal(config_parse(STR("a=1\nworkers=0\nb=2\n"), &c, &f), ERR_INVALID);
    assert_int_equal(f.n, 3);
}

static void test_a_secret_may_come_from_the_environment(void **state)
{
    (void)state;
    struct config c;
    struct fail f = {0};
    setenv("MOTCUA_DSN", "host=elsewhere", 1);
    setenv("MOTCUA_WORKERS", "200", 1); /* not a secret: not read */
    assert_int_equal(config_parse(STR("engine=postgres\ndsn=host=here\n"), &c, &f), ERR_OK);
    unsetenv("MOTCUA_DSN");
    unsetenv("MOTCUA_WORKERS");
    assert_string_equal(c.dsn, "host=elsewhere");
    assert_int_equal(c.workers, 4);
}

static void test_what_init_writes_is_read_back(void **state)
{
    struct config c = config_default(), back;
    struct fail f = {0};
    struct stat st;
    char path[300];
    snprintf(c.listen, sizeof c.listen, "%s", "[::1]:8099");
    snprintf(c.province, sizeof c.province, "%s", "91");
    c.rehearsal = true;
    c.low_disk_mb = 77;
    assert_int_equal(config_write(*state, &c, &f), ERR_OK);
    assert_int_equal(config_load(*state, &back, &f), ERR_OK);
    assert_memory_equal(&c, &back, sizeof c);
    snprintf(path, sizeof path, "%s/motcua.ini", (char *)*state);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(config_write(*state, &c, &f), ERR_CONFLICT);
    /* A value that would read as something else is not written. */
    struct fail g = {0};
    snprintf(c.public_url, sizeof c.public_url, "%s", "https://a\nrehearsal = yes");
    assert_int_equal(config_write(*state, &c, &g), ERR_INVALID);
}

static void test_a_reload_changes_only_what_may_change_live(void **state)
{
    char path[300];
    struct fail f = {0};
    struct config c = config_default();
    struct config_change changes[CONFIG_CHANGES_MAX];
    size_t n = 0;
    assert_int_equal(config_reload(*state, &c, changes, &n, &f), ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/motcua.ini", (char *)*state);
    FILE *out = fopen(path, "w");
    fputs("workers = 9\nlow_disk_mb = 9\n", out);
    fclose(out);
    f = (struct fail){0};
    assert_int_equal(config_reload(*state, &c, changes, &n, &f), ERR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(changes[0].key, "workers");
    assert_false(changes[0].live);
    assert_string_equal(changes[1].key, "low_disk_mb");
    assert_true(changes[1].live);
    assert_int_equal(c.workers, 4);
    assert_int_equal(c.low_disk_mb, 9);
    out = fopen(path, "w");
    fputs("low_disk_mb = x\n", out);
    fclose(out);
    assert_int_equal(config_reload(*state, &c, changes, &n, &f), ERR_INVALID);
    assert_int_equal(c.low_disk_mb, 9);
}

static void test_keys_are_made_once_and_read_back(void **state)
{
    struct fail f = {0};
    struct keys k;
    assert_int_equal(keys_load(*state, &k, &f), ERR_NOT_FOUND);
    assert_string_equal(f.item[0].code, "keys.absent");
    assert_int_equal(keys_create(*state, NULL, &(struct fail){0}), ERR_OK);
    assert_int_equal(keys_load(*state, &k, &(struct fail){0}), ERR_OK);
    assert_false(k.rehearsal);
    assert_int_equal(keys_create(*state, NULL, &(struct fail){0}), ERR_CONFLICT);
}

static void test_a_rehearsal_key_comes_from_its_seed(void **state)
{
    struct key seed = keys_seed(STR("the demo"));
    struct keys k;
    char path[300];
    assert_int_equal(keys_create(*state, &seed, &(struct fail){0}), ERR_OK);
    assert_int_equal(keys_load(*state, &k, &(struct fail){0}), ERR_OK);
    assert_true(k.rehearsal);
    assert_memory_equal(k.seed.b, seed.b, KEY_BYTES);
    assert_memory_not_equal(k.master.b, seed.b, KEY_BYTES);
    /* Another seed beside the key: one of the two is not this store's. */
    snprintf(path, sizeof path, "%s/keys/rehearsal.seed", (char *)*state);
    FILE *out = fopen(path, "w");
    for (int i = 0; i < 64; i++)
        fputc('0', out);
    fclose(out);
    struct fail f = {0};
    assert_int_equal(keys_load(*state, &k, &f), ERR_CORRUPT);
    assert_string_equal(f.item[0].code, "keys.seed-mismatch");
}

static void test_a_key_that_others_may_read_is_refused(void **state)
{
    struct keys k;
    char path[300];
    snprintf(path, sizeof path, "%s/keys/master.key", (char *)*state);
    assert_int_equal(keys_create(*state, NULL, &(struct fail){0}), ERR_OK);
    static const mode_t modes[] = {0640, 0604, 0610};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct fail f = {0};
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(keys_load(*state, &k, &f), ERR_FORBIDDEN);
        assert_string_equal(f.item[0].code, "keys.permissions");
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(keys_load(*state, &k, &(struct fail){0}), ERR_OK);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 20), 0);
    struct fail f = {0};
    assert_int_equal(keys_load(*state, &k, &f), ERR_CORRUPT);
}

static void test_a_folder_has_one_writer(void **state)
{
    struct dir_lock mine, other;
    struct fail f = {0};
    char pid[24];
    assert_int_equal(dir_lock(*state, &mine, &f), ERR_OK);
    assert_int_equal(dir_lock(*state, &other, &f), ERR_UNAVAILABLE);
    assert_string_equal(f.item[0].code, "dir.locked");
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_string_equal(f.item[0].param, pid);
    dir_unlock(&mine);
    /* A holder that dies leaves no lock behind. */
    pid_t child = fork();
    if (child == 0)
        _exit(dir_lock(*state, &other, &f) == ERR_OK ? 7 : 1);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(dir_lock(*state, &mine, &(struct fail){0}), ERR_OK);
    dir_unlock(&mine);
    dir_unlock(&mine);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_within_their_own_limits),
        cmocka_unit_test(test_values_are_read),
        cmocka_unit_test(test_a_wrong_line_is_named),
        cmocka_unit_test(test_every_fault_is_told_at_once),
        cmocka_unit_test(test_a_secret_may_come_from_the_environment),
        cmocka_unit_test_setup_teardown(test_what_init_writes_is_read_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_reload_changes_only_what_may_change_live, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_keys_are_made_once_and_read_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_rehearsal_key_comes_from_its_seed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_key_that_others_may_read_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_folder_has_one_writer, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
