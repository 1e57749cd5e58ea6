/* What the measuring client asks: receipts at the counter from the published mix, procedures by code in the same mix, searches as people type
 * them. Bodies are made once and used in turn, each time under a new idempotency key. See bench.h. */
#include "app/bench.h"
#include "app/simulate.h"
#include "domain/staff/staff.h"
#include <stdio.h>
#include <stdlib.h>

enum { BODIES = 4096, DESKS_MAX = 32, CODES_KEPT = 1024, CODE_MAX = 48 };

struct body {
    int32_t place;
    struct str text;
};
struct bench_words {
    struct arena *a;
    enum bench_what what;
    struct plan plan;
    struct people *people;
    int desks, desk[DESKS_MAX]; /* places, with a token each */
    char token[DESKS_MAX][64];
    struct body *body[DESKS_MAX];
    size_t bodies[DESKS_MAX];
    uint64_t run; /* so that keys are new in each process */
    char code[DESKS_MAX][CODES_KEPT][CODE_MAX];
    uint64_t codes[DESKS_MAX];
    uint64_t received;
};

static const char *const searches[] = {
    "khai sinh", "khai%20sinh", "%C4%91%C4%83ng%20k%C3%BD%20khai%20sinh", "dang%20ky%20ket%20hon", "t%E1%BA%A1m%20tr%C3%BA", "tam%20tru", "h%E1%BB%99%20chi%E1%BA%BFu",
    "ho%20chieu", "ch%E1%BB%A9ng%20th%E1%BB%B1c", "chung%20thuc%20ban%20sao", "s%E1%BB%95%20%C4%91%E1%BB%8F", "so%20do", "gpxd", "gi%E1%BA%A5y%20ph%C3%A9p%20x%C3%A2y%20d%E1%BB%B1ng",
    "ho%20kinh%20doanh", "h%E1%BB%99%20kinh%20doanh", "tr%E1%BB%A3%20c%E1%BA%A5p%20th%E1%BA%A5t%20nghi%E1%BB%87p", "l%C3%BD%20l%E1%BB%8Bch%20t%C6%B0%20ph%C3%A1p", "ly%20lich%20tu%20phap",
    "%C4%91%E1%BB%95i%20gi%E1%BA%A5y%20ph%C3%A9p%20l%C3%A1i%20xe", "bang%20lai%20xe", "khai%20t%E1%BB%AD", "tr%C3%ADch%20l%E1%BB%A5c", "thuong%20tru", "dat%20dai", "chuyen%20nhuong%20quyen%20su%20dung%20dat",
    "1.000894", "2.000815", "1.01", "thue", "h%E1%BA%A3i%20quan", "b%E1%BA%A3o%20hi%E1%BB%83m%20x%C3%A3%20h%E1%BB%99i", "nguoi%20co%20cong", "tre%20em", "dang%20ky%20xe", "ket%20hon%20nuoc%20ngoai",
    "cap%20lai%20giay%20phep", "thanh%20lap%20doanh%20nghiep", "moi%20truong", "phong%20chay", "xuat%20khau%20lao%20dong", "giao%20duc%20mam%20non", "khuyet%20tat", "nha%20o%20xa%20hoi", "dien",
    "a", "gi", "kai%20sinh", "chuyen%20truong", "hoc%20bong"};

static bool measurable(const struct bench_words *w, const struct submission_plan *s)
{
    const struct procedure *p = w->plan.kind[s->kind].p;
    return s->answered && (size_t)s->place < w->plan.receiving && !p->limit_doubtful && !p->limit_missing;
}

static int desk_of(const struct bench_words *w, int32_t place)
{
    for (int i = 0; i < w->desks; i++)
        if (w->desk[i] == place)
            return i;
    return -1;
}

static void make_body(struct bench_words *w, struct submission_plan *s, int desk)
{
    struct arena *a _arena_ = arena_new();
    struct command c = {0};
    s->channel = CHANNEL_COUNTER;
    struct life l = {.plan = s, .draws = draws_for(w->plan.seed, s->no, 4), .next = DEED_SUBMIT, .next_at = s->at, .competent = s->competent};
    life_command(&w->plan, w->people, &l, a, &c);
    char *text = json_dumps(c.payload, JSON_COMPACT);
    w->body[desk][w->bodies[desk]++] = (struct body){s->place, str_dup(w->a, str_of(text))};
    free(text);
}

static void make_bodies(struct bench_words *w, int connections)
{
    int most = connections < DESKS_MAX ? connections : DESKS_MAX;
    for (int64_t i = 0; i < w->plan.dossiers; i++) { /* in order of place */
        struct submission_plan *s = &w->plan.submission[i];
        if (!measurable(w, s))
            continue;
        int d = desk_of(w, s->place);
        if (d < 0 && w->desks < most) {
            d = w->desks++;
            w->desk[d] = s->place;
            w->body[d] = ARENA_ARRAY(w->a, struct body, BODIES);
        }
        if (d >= 0 && w->bodies[d] < BODIES)
            make_body(w, s, d);
    }
}

static enum err make_tokens(struct bench_words *w, struct app *app, struct fail *f)
{
    for (int i = 0; i < w->desks; i++) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        if (!out)
            abort();
        enum err e = staff_cli_token_add(&app->room, w->plan.rules->province, STR("clerk"), STR(""), w->plan.place[w->desk[i]].unit->code, false,
                                         time_machine_ms(), out, f);
        fclose(out);
        snprintf(w->token[i], sizeof w->token[i], "%s", str_c(w->a, str_trim(str_bytes(text, n))));
        free(text);
        if (e)
            return e;
    }
    return ERR_OK;
}

enum err bench_words_new(struct app *app, enum bench_what what, int connections, struct bench_words **w_r, struct fail *f)
{
    struct bench_words *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    *w_r = w;
    w->a = arena_new();
    w->what = what;
    w->run = (uint64_t)time_machine_ms();
    const struct rules *rules = app_rules(app, w->a);
    w->plan = (struct plan){.a = w->a, .rules = rules, .keyring = &app->room.keyring, .seed = 1, .from = time_local_day(time_machine_ms()), .days = 1,
                            .dossiers = 60000, .province = rules->province.n ? rules->province : STR("91")};
    if (!(w->people = people_load(w->a, f)) || plan_make(&w->plan, f))
        return f->err;
    if (what != BENCH_RECEIVE && what != BENCH_MIX)
        return ERR_OK;
    if (!rules->rehearsal)
        return fail_add(f, ERR_CONFLICT, NULL, "", "bench.not-a-rehearsal", NULL);
    make_bodies(w, connections);
    if (!w->desks)
        return fail_add(f, ERR_INVALID, NULL, "", "bench.no-procedures", NULL);
    return make_tokens(w, app, f);
}

void bench_words_free(struct bench_words **wp)
{
    struct bench_words *w = *wp;
    if (!w)
        return;
    free(w->plan.submission);
    arena_free(&w->a);
    free(w);
    *wp = NULL;
}

/* --- requests --- */

static size_t receive(struct bench_words *w, int connection, uint64_t no, char *out)
{
    int d = connection % w->desks;
    const struct body *b = &w->body[d][(no * 2654435761u >> 4) % w->bodies[d]];
    w->received++;
    return (size_t)snprintf(out, BENCH_REQUEST_MAX,
                            "POST /api/v1/dossiers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nIdempotency-Key: bench-%llu-%llu\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                            w->token[d], (unsigned long long)w->run, (unsigned long long)w->received, b->text.n, PRS(b->text));
}

static size_t procedure(struct bench_words *w, uint64_t no, char *out)
{
    const struct procedure *p = w->plan.kind[w->plan.submission[(no * 2654435761u) % (uint64_t)w->plan.dossiers].kind].p;
    size_t candidates;
    while (!procedure_find(w->plan.rules->catalog, p->code, STR(""), w->plan.from, &candidates)) /* two agencies bear this code */
        p = w->plan.kind[w->plan.submission[(++no * 2654435761u) % (uint64_t)w->plan.dossiers].kind].p;
    return (size_t)snprintf(out, BENCH_REQUEST_MAX, "GET /api/v1/procedures/%.*s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n", PRS(p->code));
}

static size_t search(uint64_t no, char *out)
{
    const char *q = searches[1 + no % (ARRAY_LEN(searches) - 1)];
    return (size_t)snprintf(out, BENCH_REQUEST_MAX, "GET /api/v1/procedures?q=%s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n", q);
}

static size_t dossier(struct bench_words *w, int connection, uint64_t no, char *out)
{
    int d = connection % w->desks;
    uint64_t known = w->codes[d] < CODES_KEPT ? w->codes[d] : CODES_KEPT;
    if (!known)
        return receive(w, connection, no, out);
    return (size_t)snprintf(out, BENCH_REQUEST_MAX, "GET /api/v1/dossiers/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
                            w->code[d][no * 2654435761u % known], w->token[d]);
}

size_t bench_words_request(void *words, int connection, uint64_t no, char out[BENCH_REQUEST_MAX])
{
    struct bench_words *w = words;
    uint64_t x = no * 2654435761u >> 8 & 127;
    switch (w->what) {
    case BENCH_RECEIVE: return receive(w, connection, no, out);
    case BENCH_PROCEDURE: return procedure(w, no, out);
    case BENCH_SEARCH: return search(no, out);
    case BENCH_MIX: break;
    }
    /* Six reads to a write: of a dossier, of search, of the catalogue. */
    return x < 18 ? receive(w, connection, no, out) : x < 52 ? dossier(w, connection, no, out) : x < 74 ? search(no, out) : procedure(w, no, out);
}

void bench_words_answer(void *words, int connection, int status, struct str body)
{
    struct bench_words *w = words;
    if (status != 201 || w->what != BENCH_MIX)
        return;
    ptrdiff_t at = str_find(body, STR("\"code\":\""));
    if (at < 0)
        return;
    struct str rest = str_sub(body, (size_t)at + 8, body.n);
    ptrdiff_t end = str_find_char(rest, '"');
    int d = connection % w->desks;
    if (end > 0 && end < CODE_MAX)
        snprintf(w->code[d][w->codes[d]++ % CODES_KEPT], CODE_MAX, "%.*s", (int)end, rest.p);
}
