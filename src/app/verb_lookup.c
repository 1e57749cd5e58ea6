/* Looking things up: procedure, unit; and staff through their own command line. */
#include "app/verbs.h"
#include "base/buf.h"
#include "domain/account/account.h"
#include "domain/staff/staff.h"

enum { ANSWER_MAX = 4 << 20, ROWS = 20 };

static struct str word(struct args *a, const char *name)
{
    const char *value = args_take(a, name);
    return value ? str_of(value) : STR("");
}

static int print_buf(struct args *a, struct buf *b)
{
    fprintf(a->out, "%.*s\n", PRS(buf_view(b)));
    return b->overflow ? EXIT_NOT_AVAILABLE : EXIT_DONE;
}

static int one_procedure(struct args *a, const struct rules *rules, struct str code, struct str agency, int64_t day)
{
    size_t candidates;
    const struct procedure *p = procedure_find(rules->catalog, code, agency, day, &candidates);
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    if (!p) {
        fprintf(a->err, "motcua: %s\n", candidates > 1 ? "several agencies have this code: name one with --agency" : "no such procedure");
        return EXIT_FINDING;
    }
    procedure_json(&b, rules->catalog, p, &(struct procedure_view){true, rules->province, day});
    return print_buf(a, &b);
}

int verb_procedure(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct arena *arena _arena_ = arena_new();
    struct str code = word(a, "--code"), agency = word(a, "--agency"), q = word(a, "--q");
    int64_t day = time_local_day(time_machine_ms());
    int result;
    if (!args_done(a))
        return EXIT_USAGE;
    if (!(app = verb_open(a, APP_READ, &own, &result)))
        return result;
    const struct rules *rules = app_rules(app, arena);
    if (code.n)
        result = one_procedure(a, rules, code, agency, day);
    else {
        struct catalog_page page;
        struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
        enum err e = catalog_search(rules->catalog, arena,
                                    &(struct catalog_query){.q = q, .sector = STR(""), .province = rules->province, .day = day, .after = STR(""), .limit = ROWS},
                                    &page, &f);
        if (a->json && !e) {
            buf_char(&b, '[');
            for (size_t i = 0; i < page.n; i++) {
                if (i)
                    buf_char(&b, ',');
                procedure_json(&b, rules->catalog, page.hits[i].p, &(struct procedure_view){false, rules->province, day});
            }
            buf_char(&b, ']');
            result = print_buf(a, &b);
        }
        for (size_t i = 0; !a->json && !e && i < page.n; i++)
            fprintf(a->out, "%-12.*s %.*s (%.*s)\n", PRS(page.hits[i].p->code), PRS(page.hits[i].p->name), PRS(page.hits[i].p->agency));
        if (e)
            result = verb_refuse(a, &f);
    }
    verb_close(a, &own);
    return result;
}

int verb_unit(struct args *a)
{
    struct app own, *app;
    struct arena *arena _arena_ = arena_new();
    struct str q = word(a, "--q"), territory = word(a, "--territory");
    int result;
    if (!args_done(a))
        return EXIT_USAGE;
    if (!(app = verb_open(a, APP_READ, &own, &result)))
        return result;
    const struct rules *rules = app_rules(app, arena);
    struct unit_page page = unit_list(rules->org, arena, territory.n ? territory : rules->province, q, STR(""), ROWS);
    struct buf b _buf_ = BUF_MAX(ANSWER_MAX);
    buf_char(&b, '[');
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            buf_char(&b, ',');
        buf_c(&b, "{\"code\":");
        buf_json_str(&b, page.items[i]->code);
        buf_c(&b, ",\"name\":");
        buf_json_str(&b, page.items[i]->name);
        buf_char(&b, '}');
        if (!a->json)
            fprintf(a->out, "%-16.*s %.*s\n", PRS(page.items[i]->code), PRS(page.items[i]->name));
    }
    buf_char(&b, ']');
    if (a->json)
        result = print_buf(a, &b);
    verb_close(a, &own);
    return result;
}

static int token_usage(struct args *a)
{
    fputs("motcua token DIR add --role ROLE [--user NAME] [--unit CODE] [--json]\n"
          "motcua token DIR list [--user NAME] [--json]\n"
          "motcua token DIR revoke ID --reason TEXT [--json]      (ID: from list)\n",
          a->err);
    return EXIT_USAGE;
}

int verb_token(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct str role = word(a, "--role"), user = word(a, "--user"), unit = word(a, "--unit"), reason = word(a, "--reason");
    const char *what = a->argc ? a->argv[0] : "";
    bool add = strcmp(what, "add") == 0 && a->argc == 1 && role.n && !reason.n, list = strcmp(what, "list") == 0 && a->argc == 1 && !role.n && !unit.n && !reason.n,
         revoke = strcmp(what, "revoke") == 0 && a->argc == 2 && reason.n && !role.n && !user.n && !unit.n;
    int code;
    if (!add && !list && !revoke)
        return token_usage(a);
    if (!(app = verb_open(a, list ? APP_READ : APP_WRITE, &own, &code)))
        return code;
    struct arena *arena _arena_ = arena_new();
    enum err e;
    if (add)
        e = staff_cli_token_add(&app->room, app_rules(app, arena)->province, role, user, unit, a->json, time_machine_ms(), a->out, &f);
    else if (list)
        e = staff_cli_tokens(&app->room, user, a->json, time_machine_ms(), a->out, &f);
    else
        e = staff_cli_token_revoke(&app->room, str_of(a->argv[1]), reason, a->json, time_machine_ms(), a->out, &f);
    verb_close(a, &own);
    return e ? verb_refuse(a, &f) : EXIT_DONE;
}

static int user_usage(struct args *a)
{
    fputs("motcua user DIR list [--unit CODE] [--json]\n"
          "motcua user DIR add LOGIN --name TEXT [--number PERSONAL_NUMBER] [--unit CODE]\n"
          "motcua user DIR add LOGIN --machine [--unit CODE]\n"
          "motcua user DIR grant LOGIN --role ROLE --unit CODE [--from T] [--to T] --basis TEXT\n"
          "motcua user DIR revoke LOGIN --role ROLE --unit CODE --reason TEXT\n"
          "motcua user DIR delegate LOGIN --role ROLE --from-unit CODE [--from T] --to T [--procedures C,…] --decision TEXT\n"
          "motcua user DIR deactivate LOGIN --reason TEXT\n"
          "motcua user DIR password LOGIN [--name TEXT] < FILE    (the first line; LOGIN may be a citizen's personal number)\n",
          a->err);
    return EXIT_USAGE;
}

/* A password is no word of the command line, where everybody on the machine would see it: it is the first line of stdin, and goes on as the last word. */
bool verb_user_before(struct args *a)
{
    static char line[PASSWORD_MAX + 2], *words[5];
    bool named = a->argc == 4 && strcmp(a->argv[2], "--name") == 0;
    if (!a->argc || strcmp(a->argv[0], "password") != 0)
        return true;
    if (a->argc != 2 && !named) {
        user_usage(a);
        return false;
    }
    if (!fgets(line, sizeof line, stdin))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strlen(line) < PASSWORD_MIN) {
        struct fail f = {0};
        (void)!fail_add(&f, ERR_INVALID, NULL, "/password", "password.too-short", NULL);
        verb_refuse(a, &f);
        return false;
    }
    for (int i = 0; i < a->argc; i++)
        words[i] = a->argv[i];
    words[a->argc++] = line;
    a->argv = words;
    return true;
}

/* Staff who are registered get an account with their first password; whoever has one keeps its name and second factor. */
static enum err set_password(struct app *app, struct arena *arena, struct str login, struct str name, struct str password, struct fail *f)
{
    struct engine_room *room = &app->room;
    int64_t now = time_machine_ms();
    bool citizen = login.n == 12 && str_all_digits(login);
    struct actor actor;
    struct db *db = NULL;
    struct str account = citizen ? citizen_login(arena, &room->keyring, login) : login;
    if (account_password(room->writer, account, password, now, f) == ERR_OK || f->err != ERR_NOT_FOUND || (citizen && !name.n))
        return f->err;
    *f = (struct fail){0};
    enum err e = citizen ? ERR_OK : db_open(room->store, DB_READ, &db);
    if (!e && !citizen)
        e = staff_principal_by_id(db, &room->keyring, app_rules(app, arena), arena, login, now, &actor, f);
    db_close(&db);
    if (e)
        return f->n ? e : fail_add(f, e, NULL, "", "store.unavailable", NULL);
    return account_set(room->writer, &room->keyring, account, citizen ? ACCOUNT_CITIZEN : ACCOUNT_STAFF, name.n ? name : login, password, NULL, now, f);
}

static int user_password(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    struct str name = word(a, "--name");
    int code;
    if (a->argc != 3)
        return user_usage(a);
    if (!(app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    struct arena *arena _arena_ = arena_new();
    enum err e = set_password(app, arena, str_of(a->argv[1]), name, str_of(a->argv[2]), &f);
    verb_close(a, &own);
    return e ? verb_refuse(a, &f) : EXIT_DONE;
}

int verb_user(struct args *a)
{
    struct app own, *app;
    struct fail f = {0};
    int code;
    if (!a->argc)
        return user_usage(a);
    if (strcmp(a->argv[0], "password") == 0)
        return user_password(a);
    if (!(app = verb_open(a, APP_WRITE, &own, &code)))
        return code;
    enum err e = staff_cli_user(&app->room, a->argc, a->argv, a->json, time_machine_ms(), a->out, &f);
    verb_close(a, &own);
    if (e == ERR_MALFORMED && f.n && strcmp(f.item[0].code, "cli.usage") == 0)
        return user_usage(a);
    return e ? verb_refuse(a, &f) : EXIT_DONE;
}
