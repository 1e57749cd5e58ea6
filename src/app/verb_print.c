/* motcua print: a paper into a file, for a desk whose browser is away and for looking at forms. By the machine itself, which sees everything. */
#include "app/verbs.h"
#include "face/print/reading.h"
#include "print/press.h"

static bool unit_day(const char *text, int64_t *day_r)
{
    *day_r = time_local_day(time_machine_ms());
    return !text || date_parse(str_of(text), day_r);
}

struct asked {
    struct str form, what; /* a dossier's code, or a unit for the books */
    const char *out, *day, *turn;
};

static enum err paper_asked(const struct paper_reader *r, const struct asked *q, struct paper *out, struct fail *f)
{
    int64_t day, turn = 0;
    if (!unit_day(q->day, &day))
        return fail_add(f, ERR_INVALID, NULL, "", "print.day", NULL);
    if (q->turn && (!str_to_i64(str_of(q->turn), &turn) || turn < 1))
        return fail_add(f, ERR_CONFLICT, NULL, "", "print.no-supplement", NULL);
    return str_is(q->form, "so-theo-doi") ? paper_register(r, q->what, day, out, f) : str_is(q->form, "ban-giao") ? paper_hand_over(r, q->what, STR(""), NULL, 0, out, f)
        : paper_of_dossier(r, q->form, q->what, turn, out, f);
}

static int write_out(struct args *a, const char *path, const struct buf *pdf)
{
    FILE *f = fopen(path, "wbe");
    bool good = f && fwrite(pdf->p, 1, pdf->n, f) == pdf->n;
    good = f && fclose(f) == 0 && good;
    if (!good)
        fprintf(a->err, "motcua: cannot write %s\n", path);
    return good ? EXIT_DONE : EXIT_NOT_AVAILABLE;
}

static int print_paper(struct args *a, struct app *app, struct arena *arena, const struct asked *q)
{
    struct fail f = {0};
    struct paper paper;
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    struct actor actor = app_system_actor(app, arena);
    struct db *db = NULL;
    if (db_open(app->room.store, DB_READ, &db))
        return EXIT_NOT_AVAILABLE;
    struct paper_reader r = {.rules = app_rules(app, arena), .keyring = &app->room.keyring, .db = db, .arena = arena, .actor = &actor, .now = time_machine_ms(),
                             .rehearsal = app->config.rehearsal, .address = str_of(app->config.public_url)};
    enum err e = paper_asked(&r, q, &paper, &f);
    db_close(&db);
    if (e)
        return verb_refuse(a, &f);
    struct press *press = press_new(NULL);
    e = press_print(press, paper.form, paper.doc, &pdf, &f);
    press_free(&press);
    return e ? verb_refuse(a, &f) : write_out(a, q->out, &pdf);
}

int verb_print(struct args *a)
{
    struct app own, *app;
    struct asked q = {.out = args_take(a, "--out"), .day = args_take(a, "--on"), .turn = args_take(a, "--turn")};
    int code;
    if (a->argc != 2 || !q.out) {
        fputs("motcua print DIR giay-hen|bo-sung|tu-choi|xin-loi CODE --out FILE [--turn N]\n"
              "motcua print DIR so-theo-doi|ban-giao UNIT --out FILE [--on YYYY-MM-DD]\n", a->err);
        return EXIT_USAGE;
    }
    q.form = str_of(a->argv[0]);
    q.what = str_of(a->argv[1]);
    if (!(app = verb_open(a, APP_READ, &own, &code)))
        return code;
    struct arena *arena _arena_ = arena_new();
    code = print_paper(a, app, arena, &q);
    verb_close(a, &own);
    return code;
}
