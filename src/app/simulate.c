/* motcua simulate: fills a rehearsal store with realistic dossiers, every step through the command queue.
 *
 * The order that matters is that of a unit's chain. So each receiving unit has its own queue of what happens when, and one command of it in
 * flight; many units run side by side. What a unit does next depends on its own dossiers alone: the root is the same for the same
 * seed, at any window, on either engine. */
#include "app/simulate_staff.h"
#include "app/verbs.h"
#include "base/log.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { WINDOW_MAX = 1024, REASONS_MAX = 12, PROGRESS_EVERY_US = 5000000 };

/* One receiving unit: submissions still to come, and lives in a heap by time. */
struct desk {
    const struct submission_plan *next, *end;
    struct life **heap;
    size_t n, cap;
    bool busy;
};
struct flight {
    struct command_job job; /* first */
    struct sim *sim;
    struct life *life;
    struct desk *desk;
    struct flight *next_landed;
    enum err store_error;
};
struct sim {
    struct app *app;
    struct plan plan;
    const struct people *people;
    struct desk *desk;
    size_t desks, window, flying;
    struct flight *flight, *landed;
    struct flight **idle;
    size_t idle_n;
    pthread_mutex_t lock;
    pthread_cond_t came;
    int64_t submitted, commands, events, refused, by_state[DOSSIER_STATES], late;
    struct { char code[48]; int64_t n; } reason[REASONS_MAX];
    struct fail fail;
};

/* --- the heap: earliest first, then by number --- */

static bool before(const struct life *a, const struct life *b)
{
    return a->next_at != b->next_at ? a->next_at < b->next_at : a->plan->no < b->plan->no;
}

static void push(struct desk *d, struct life *l)
{
    if (d->n == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 64;
        d->heap = realloc(d->heap, d->cap * sizeof *d->heap);
        if (!d->heap)
            abort();
    }
    size_t i = d->n++;
    for (; i && before(l, d->heap[(i - 1) / 2]); i = (i - 1) / 2)
        d->heap[i] = d->heap[(i - 1) / 2];
    d->heap[i] = l;
}

static struct life *pop(struct desk *d)
{
    struct life *top = d->heap[0], *last = d->heap[--d->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < d->n; i = child) {
        child += child + 1 < d->n && before(d->heap[child + 1], d->heap[child]);
        if (!before(d->heap[child], last))
            break;
        d->heap[i] = d->heap[child];
    }
    d->heap[i] = last;
    return top;
}

/* INT64_MAX: nothing before the end. */
static int64_t next_time(const struct sim *s, const struct desk *d)
{
    int64_t at = d->next < d->end ? d->next->at : INT64_MAX;
    if (d->n && d->heap[0]->next_at < at)
        at = d->heap[0]->next_at;
    return at < s->plan.to ? at : INT64_MAX;
}

static struct life *take(struct sim *s, struct desk *d)
{
    if (d->n && (d->next == d->end || d->heap[0]->next_at < d->next->at))
        return pop(d);
    struct life *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    const struct submission_plan *p = d->next++;
    *l = (struct life){.plan = p, .draws = draws_for(s->plan.seed, p->no, 4), .next = DEED_SUBMIT, .next_at = p->at, .competent = p->competent};
    return l;
}

/* --- commands in flight --- */

static void landed(struct command_job *j, enum err store_error)
{
    struct flight *f = (struct flight *)j;
    struct sim *s = f->sim;
    f->store_error = store_error;
    pthread_mutex_lock(&s->lock);
    f->next_landed = s->landed;
    s->landed = f;
    pthread_cond_signal(&s->came);
    pthread_mutex_unlock(&s->lock);
}

static enum err launch(struct sim *s, struct desk *d)
{
    struct flight *f = s->idle[--s->idle_n];
    arena_reset(f->job.arena);
    f->life = take(s, d);
    f->desk = d;
    f->job.done = landed;
    f->job.command = (struct command){0};
    life_command(&s->plan, s->people, f->life, f->job.arena, &f->job.command);
    enum err e = command_submit(&s->app->room, &f->job);
    if (e)
        return fail_add(&s->fail, e, NULL, "", "store.unavailable", NULL);
    d->busy = true;
    s->flying++;
    return ERR_OK;
}

static struct desk *earliest(struct sim *s)
{
    struct desk *best = NULL;
    int64_t at = INT64_MAX;
    for (size_t i = 0; i < s->desks; i++) {
        int64_t t = s->desk[i].busy ? INT64_MAX : next_time(s, &s->desk[i]);
        if (t < at) {
            at = t;
            best = &s->desk[i];
        }
    }
    return best;
}

static void count_reason(struct sim *s, const struct flight *f)
{
    const struct fail *fail = &f->job.outcome.fail;
    char code[48];
    snprintf(code, sizeof code, "%s: %.28s", deed_name[f->life->next], fail->n ? fail->item[0].code : err_info(fail->err)->name);
    s->refused++;
    for (size_t i = 0; i < REASONS_MAX; i++)
        if (!s->reason[i].n || strcmp(s->reason[i].code, code) == 0) {
            snprintf(s->reason[i].code, sizeof s->reason[i].code, "%s", code);
            s->reason[i].n++;
            return;
        }
}

/* A refusal ends the story of that dossier: the rule spoke, and nobody here argues. */
static void ended(struct sim *s, struct flight *f)
{
    struct life *l = f->life;
    const struct outcome *out = &f->job.outcome;
    const struct dossier *d = out->state;
    f->desk->busy = false;
    s->flying--;
    s->idle[s->idle_n++] = f;
    s->commands++;
    if (f->store_error) {
        fail_add(&s->fail, f->store_error, NULL, "", "store.unavailable", NULL);
        return;
    }
    if (out->err) {
        count_reason(s, f);
        if (l->next != DEED_SUBMIT)
            s->by_state[l->state]++;
        free(l);
        return;
    }
    s->events += (int64_t)out->events;
    s->submitted += l->next == DEED_SUBMIT;
    l->stream = out->stream;
    life_next(&s->plan, l, d, l->next_at);
    if (l->next != DEED_NONE) {
        push(f->desk, l);
        return;
    }
    s->by_state[l->state]++;
    free(l);
}

static void wait_for_some(struct sim *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->landed)
        pthread_cond_wait(&s->came, &s->lock);
    struct flight *f = s->landed;
    s->landed = NULL;
    pthread_mutex_unlock(&s->lock);
    for (struct flight *next; f; f = next) {
        next = f->next_landed;
        ended(s, f);
    }
}

static void run(struct sim *s)
{
    int64_t start = time_monotonic_us(), told = start;
    for (;;) {
        struct desk *d;
        while (!s->fail.err && s->idle_n && (d = earliest(s)))
            if (launch(s, d))
                break;
        if (!s->flying)
            break;
        wait_for_some(s);
        int64_t now = time_monotonic_us();
        if (now - told >= PROGRESS_EVERY_US) {
            told = now;
            fprintf(stderr, "simulate: %lld of %lld dossiers, %lld commands, %.0f/s\n", (long long)s->submitted, (long long)s->plan.dossiers,
                    (long long)s->commands, (double)s->commands * 1e6 / (double)(now - start));
        }
    }
    for (size_t i = 0; i < s->desks; i++)
        while (s->desk[i].n) { /* still open at the end of the last day */
            struct life *l = pop(&s->desk[i]);
            s->by_state[l->state]++;
            free(l);
        }
}

static void prepare(struct sim *s)
{
    s->desks = s->plan.receiving + 1;
    s->desk = calloc(s->desks, sizeof *s->desk);
    s->flight = calloc(s->window, sizeof *s->flight);
    s->idle = calloc(s->window, sizeof *s->idle);
    if (!s->desk || !s->flight || !s->idle)
        abort();
    const struct submission_plan *p = s->plan.submission, *end = p + s->plan.dossiers;
    for (size_t i = 0; i < s->desks; i++) {
        s->desk[i].next = p;
        while (p < end && p->place == (int32_t)i)
            p++;
        s->desk[i].end = p;
    }
    for (size_t i = 0; i < s->window; i++) {
        s->flight[i].sim = s;
        s->flight[i].job.arena = arena_new();
        s->idle[s->idle_n++] = &s->flight[i];
    }
}

static void release(struct sim *s)
{
    for (size_t i = 0; i < s->desks; i++)
        free(s->desk[i].heap);
    for (size_t i = 0; i < s->window && s->flight; i++)
        arena_free(&s->flight[i].job.arena);
    free(s->desk);
    free(s->flight);
    free(s->idle);
    free(s->plan.submission);
    arena_free(&s->plan.a);
}

/* --- report --- */

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static enum err root_of(struct app *app, char hex[2 * HASH_BYTES + 1])
{
    struct db *db _db_ = NULL;
    struct unit_head *heads = NULL;
    size_t n = 0;
    enum err e = db_open(app->room.store, DB_READ, &db);
    if (!e)
        e = ledger_heads(db, &heads, &n);
    struct hash root = ledger_root(heads, n);
    hex_format(root.b, HASH_BYTES, hex);
    free(heads);
    return e;
}

static void report(struct args *a, const struct sim *s, const char *root, double seconds, double cpu)
{
    json_t *o = json_object(), *states = json_object(), *reasons = json_object();
    for (int i = 1; i < DOSSIER_STATES; i++)
        json_object_set_new(states, dossier_state_name(i), json_integer(s->by_state[i]));
    for (size_t i = 0; i < REASONS_MAX && s->reason[i].n; i++)
        json_object_set_new(reasons, s->reason[i].code, json_integer(s->reason[i].n));
    json_object_set_new(o, "seed", json_integer((json_int_t)s->plan.seed));
    json_object_set_new(o, "dossiers", json_integer(s->submitted));
    json_object_set_new(o, "events", json_integer(s->events));
    json_object_set_new(o, "commands", json_integer(s->commands));
    json_object_set_new(o, "refused", json_integer(s->refused));
    json_object_set_new(o, "refusals", reasons);
    json_object_set_new(o, "states", states);
    json_object_set_new(o, "procedures", json_integer((json_int_t)s->plan.kinds));
    json_object_set_new(o, "units", json_integer((json_int_t)s->desks));
    json_object_set_new(o, "seconds", json_real(seconds));
    json_object_set_new(o, "dossiers_per_second", json_real(seconds > 0 ? (double)s->submitted / seconds : 0));
    json_object_set_new(o, "commands_per_second", json_real(seconds > 0 ? (double)s->commands / seconds : 0));
    json_object_set_new(o, "cpu_seconds_per_1000_commands", json_real(s->commands ? cpu * 1000 / (double)s->commands : 0));
    json_object_set_new(o, "root", json_string(root));
    char *text = json_dumps(o, a->json ? JSON_COMPACT | JSON_REAL_PRECISION(6) : JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    fprintf(a->out, "%s\n", text);
    free(text);
    json_decref(o);
}

/* --- the verb --- */

static bool number(struct args *a, const char *name, int64_t least, int64_t most, int64_t *v_r)
{
    const char *text = args_take(a, name);
    if (!text || (str_to_i64(str_of(text), v_r) && *v_r >= least && *v_r <= most))
        return true;
    fprintf(stderr, "motcua: not understood: %s %s\n", name, text);
    return false;
}

static enum err simulate(struct args *a, struct app *app, struct sim *s)
{
    struct plan *p = &s->plan;
    s->app = app;
    p->a = arena_new();
    p->rules = app_rules(app, p->a);
    p->keyring = &app->room.keyring;
    p->province = p->rules->province.n ? p->rules->province : STR("91");
    if (!p->rules->rehearsal)
        return fail_add(&s->fail, ERR_CONFLICT, NULL, "", "simulate.not-a-rehearsal", "%s", a->dir);
    if (!(s->people = people_load(p->a, &s->fail)) || plan_make(p, &s->fail) || simulate_staff(app, p, s->people, &s->fail))
        return s->fail.err;
    prepare(s);
    double cpu = cpu_seconds();
    int64_t start = time_monotonic_us();
    run(s);
    double seconds = (double)(time_monotonic_us() - start) / 1e6;
    char root[2 * HASH_BYTES + 1];
    if (!s->fail.err && root_of(app, root))
        fail_add(&s->fail, ERR_UNAVAILABLE, NULL, "", "store.unavailable", NULL);
    if (!s->fail.err)
        report(a, s, root, seconds, cpu_seconds() - cpu);
    return s->fail.err;
}

int verb_simulate(struct args *a)
{
    struct app own, *app;
    struct sim s = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER, .plan = {.days = 60}};
    int64_t seed = 1, window = 64, dossiers = 0;
    const char *from = args_take(a, "--from"), *unit = args_take(a, "--unit");
    int code;
    bool ok = number(a, "--dossiers", 1, 100000000, &dossiers) && number(a, "--seed", 0, INT32_MAX, &seed) && number(a, "--window", 1, WINDOW_MAX, &window)
        && number(a, "--days", 1, 3660, &s.plan.days) && date_parse(str_of(from ? from : "2026-08-03"), &s.plan.from);
    if (!ok || !dossiers || !args_done(a)) {
        fputs("motcua simulate DIR --dossiers N --seed S [--from DATE] [--days D] [--unit CODE] [--window N] [--json]\n", stderr);
        return EXIT_USAGE;
    }
    s.plan.only = str_of(unit ? unit : "");
    s.plan.seed = (uint64_t)seed;
    s.plan.dossiers = dossiers;
    s.window = (size_t)window;
    if (!(app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    log_level_set(LOG_WARN);
    enum err e = simulate(a, app, &s);
    verb_close(a, &own); /* ends the writer before what its jobs point to goes */
    release(&s);
    return e ? exit_of(&s.fail) : EXIT_DONE;
}
