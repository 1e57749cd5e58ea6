/* Words of the command line, and opening a store for a verb. See verbs.h. */
#include "app/verbs.h"
#include "store/health.h"

static void take(struct args *a, int at, int n)
{
    for (int i = at; i + n < a->argc; i++)
        a->argv[i] = a->argv[i + n];
    a->argc -= n;
}

const char *args_take(struct args *a, const char *name)
{
    for (int i = 0; i + 1 < a->argc; i++)
        if (strcmp(a->argv[i], name) == 0) {
            const char *value = a->argv[i + 1];
            take(a, i, 2);
            return value;
        }
    return NULL;
}

bool args_flag(struct args *a, const char *name)
{
    for (int i = 0; i < a->argc; i++)
        if (strcmp(a->argv[i], name) == 0) {
            take(a, i, 1);
            return true;
        }
    return false;
}

bool args_done(struct args *a)
{
    if (a->argc == 0)
        return true;
    fprintf(a->err, "motcua: not understood: %s\n", a->argv[0]);
    return false;
}

int verb_refuse(struct args *a, const struct fail *f)
{
    app_print_fail(a->err, a->language, f);
    return err_info(f->err)->exit_code;
}

int verb_answer(struct args *a, enum err e, struct fail *f, const char *word, int64_t seq)
{
    if (e && !f->err)
        fail_add(f, e, NULL, "", "store.unavailable", NULL);
    if (e)
        return verb_refuse(a, f);
    if (word && a->json)
        fprintf(a->out, "{\"seq\":%lld}\n", (long long)seq);
    else if (word)
        fprintf(a->out, "%s: %lld\n", word, (long long)seq);
    return EXIT_DONE;
}

int exit_of(const struct fail *f)
{
    app_print_fail(stderr, app_language(), f);
    return err_info(f->err)->exit_code;
}

struct app *verb_open(struct args *a, enum app_use use, struct app *own, int *code_r)
{
    struct fail f = {0};
    *code_r = EXIT_DONE;
    if (a->app)
        return a->app;
    if (app_open(own, a->dir, use, NULL, NULL, &f) == ERR_OK && use == APP_WRITE && health_disk_low(a->dir, own->config.low_disk_mb))
        fail_add(&f, ERR_NO_SPACE, NULL, "", "store.low-disk", "%lld", (long long)own->config.low_disk_mb);
    if (!f.err)
        return own;
    *code_r = verb_refuse(a, &f);
    app_close(own);
    return NULL;
}

void verb_close(struct args *a, struct app *own)
{
    if (!a->app)
        app_close(own);
}
