/* See dossier_test.h. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

struct world world;

int world_setup(void **state)
{
    (void)state;
    crypto_start();
    world.a = arena_new();
    struct fail f = {0};
    if (rules_load(world.a, &dataset_source_built_in, STR("91"), true, &world.rules, &f)) {
        fprintf(stderr, "%s %s\n", f.item[0].code, f.item[0].param);
        return -1;
    }
    struct key master = {{7}};
    world.keyring = keyring_from_master(&master);
    world.keyring.rehearsal = true;
    return 0;
}

int world_teardown(void **state)
{
    (void)state;
    arena_free(&world.a);
    return 0;
}

int64_t test_at(const char *at)
{
    int64_t day = 0;
    int h = 0, m = 0, s = 0;
    if (strlen(at) < 16 || !date_parse(str_bytes(at, 10), &day) || sscanf(at + 10, " %d:%d:%d", &h, &m, &s) < 2)
        fail_msg("no time: %s", at);
    return time_from_local(day, ((h * 60LL + m) * 60 + s) * 1000);
}

static const struct who *people[128];
static size_t people_n;

const struct actor *staff_named(struct str id)
{
    for (size_t i = people_n; i-- > 0;)
        if (str_eq(people[i]->actor.id, id) && str_has_prefix(id, STR("staff:")))
            return &people[i]->actor;
    return NULL;
}

void name_people(const struct command *c, struct dossier_inputs *in)
{
    in->approver = staff_named(get_s(c->payload, "approver"));
    in->officer = staff_named(get_s(c->payload, "officer"));
}

struct who *who_new(struct arena *a, const char *id, enum role role, const char *unit, const char *number, bool cleared, int64_t now)
{
    struct who *w = ARENA_NEW(a, struct who);
    w->grant[0] = (struct role_grant){role, unit ? str_of(unit) : STR(""), 0, INT64_MAX};
    w->principal = (struct principal){.actor_id = str_of(id), .unit = unit ? str_of(unit) : STR(""), .roles = w->grant, .role_count = 1};
    if (number) {
        w->own = personal_hash(&world.keyring, "personal_number", str_of(number));
        w->principal.parties = &w->own;
        w->principal.party_count = 1;
    }
    if (cleared)
        w->principal.cleared_to_ms = INT64_MAX;
    w->actor = (struct actor){.id = str_of(id), .unit = w->principal.unit, .principal = &w->principal};
    w->actor.audiences = audiences_of(world.rules.org, a, &w->principal, now, w->actor.audience);
    if (people_n < ARRAY_LEN(people))
        people[people_n++] = w;
    return w;
}

struct play *play_new(struct arena *a, const char *at)
{
    struct play *p = ARENA_NEW(a, struct play);
    p->a = a;
    p->rules = &world.rules;
    p->now = test_at(at);
    p->home = STR("30292");
    return p;
}

void play_at(struct play *p, const char *at)
{
    p->now = test_at(at);
    if (p->events && p->now < p->event[p->events - 1].head.at)
        fail_msg("time runs backwards to %s", at);
}

/* As domain/command stores and loads it: a field that save forgets shows at once. */
static void carry(struct play *p)
{
    struct buf b _buf_ = BUF_MAX(1 << 20), again _buf_ = BUF_MAX(1 << 20);
    struct dossier back = {0};
    dossier_save(&b, &p->s);
    struct str saved = str_dup(p->a, buf_view(&b));
    assert_int_equal(dossier_load(&back, p->a, saved), ERR_OK);
    dossier_save(&again, &back);
    assert_true(str_eq(saved, buf_view(&again)));
    p->s = back;
}

enum err play_json(struct play *p, const struct who *w, const char *type, json_t *payload)
{
    struct dossier_inputs in = {.code_no = 7, .may_cite = p->may_cite};
    struct command c = {.aggregate = &dossier_aggregate, .type = str_of(type), .home_unit = p->home, .actor = w->actor, .key = STR("k"),
                        .payload = arena_json(p->a, payload), .now = p->now};
    name_people(&c, &in);
    struct decision *d = ARENA_NEW(p->a, struct decision);
    *d = (struct decision){.arena = p->a, .rules = p->rules, .keyring = &world.keyring, .command = &c, .stream = p->stream,
                           .state = p->seq ? &p->s : NULL, .seq = p->seq, .inputs = &in};
    enum err e = command_decide(d);
    p->fail = d->fail;
    if (e) {
        assert_int_equal(e, d->fail.err);
        assert_int_equal(d->events, 0);
        return e;
    }
    assert_int_equal(d->fail.err, ERR_OK);
    assert_true(d->events > 0);
    p->last = p->events;
    for (size_t i = 0; i < d->events; i++) {
        struct str bytes, sealed;
        const struct new_event *n = &d->event[i];
        assert_int_equal(canonical_json(p->a, n->payload, &bytes), ERR_OK);
        if (n->personal)
            assert_int_equal(canonical_json(p->a, n->personal, &sealed), ERR_OK);
        assert_true(p->events < PLAY_EVENTS_MAX);
        struct applied *ev = &p->event[p->events++];
        *ev = (struct applied){.payload = n->payload, .personal = n->personal, .keyring = &world.keyring};
        ev->head = (struct event){.home_unit = p->home, .stream = p->stream, .seq = ++p->seq, .type = str_of(n->type), .version = n->version, .at = p->now,
                                  .actor = w->actor.id, .unit = w->actor.unit, .basis = n->basis};
        assert_int_equal(dossier_apply(&p->s, p->a, ev), ERR_OK);
    }
    carry(p);
    return ERR_OK;
}

enum err play_do(struct play *p, const struct who *w, const char *type, const char *payload, ...)
{
    char text[8192];
    va_list ap;
    va_start(ap, payload);
    vsnprintf(text, sizeof text, payload, ap);
    va_end(ap);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_error_t why;
    json_t *j = json_loads(text, 0, &why);
    if (!j)
        fail_msg("%s: %s", why.text, text);
    return play_json(p, w, type, j);
}

enum err play_submit(struct play *p, const struct who *w, struct asked q)
{
    return play_do(p, w, "submit",
                   "{'procedure': '%s', 'channel': '%s', 'receiving_unit': '%s', 'parties': [{'role': 'owner', 'kind': 'person', 'name': 'nguyễn thị hoa',"
                   " 'id_type': 'personal_number', 'id_number': '099190000123', 'sex': 'female', 'birth_date': '1990-05-02', 'territory': '%s'}]%s}",
                   q.procedure ? q.procedure : "1.001193", q.channel ? q.channel : "counter", q.receiving ? q.receiving : "30292",
                   q.owner_territory ? q.owner_territory : "30292", q.more ? q.more : "");
}

const json_t *play_field(const struct play *p, const char *event, const char *field)
{
    for (size_t i = p->last; i < p->events; i++)
        if (str_is(p->event[i].head.type, event)) {
            const json_t *v = json_object_get(p->event[i].payload, field);
            return v ? v : json_object_get(p->event[i].personal, field);
        }
    return NULL;
}

bool transition_allowed(int from, int to)
{
    static const char *const law[DOSSIER_STATES] = {[0] = "1", [1] = "2357", [5] = "24378", [2] = "478", [4] = "56789", [6] = "489", [7] = "8", [9] = "A"};
    static const char *const ours[DOSSIER_STATES] = {[4] = "3", [6] = "37", [7] = "12456"};
    char digit = to == 10 ? 'A' : (char)('0' + to);
    return (law[from] && strchr(law[from], digit)) || (ours[from] && strchr(ours[from], digit));
}

bool saved_equal(const struct dossier *x, const struct dossier *y)
{
    struct buf b _buf_ = BUF_MAX(1 << 20), c _buf_ = BUF_MAX(1 << 20);
    dossier_save(&b, x);
    dossier_save(&c, y);
    return str_eq(buf_view(&b), buf_view(&c));
}

void play_refused(const struct play *p, enum err got, enum err want, const char *rule, const char *pointer, const char *code, const char *file, int line)
{
    const struct fail *f = &p->fail;
    bool said = false;
    for (size_t i = 0; i < f->n; i++)
        said |= strcmp(f->item[i].code, code) == 0 && strcmp(f->item[i].pointer, pointer) == 0;
    if (got == want && said && strcmp(f->rule, rule) == 0)
        return;
    print_error("%s:%d: %s, rule '%s' instead of %s, rule '%s', %s at '%s':\n", file, line, err_info(got)->name, f->rule, err_info(want)->name, rule, code, pointer);
    for (size_t i = 0; i < f->n; i++)
        print_error("  %s at '%s' (%s)\n", f->item[i].code, f->item[i].pointer, f->item[i].param);
    _fail(file, line);
}

void play_time(int64_t got, const char *want, const char *file, int line)
{
    char text[40] = "none";
    if (got)
        time_format(got, text);
    int64_t at = strcmp(want, "none") == 0 ? 0 : test_at(want);
    if (got != at) {
        print_error("%s:%d: %s instead of %s\n", file, line, text, want);
        _fail(file, line);
    }
}

void play_state(const struct play *p, int state, const char *task, const char *next_at, const char *file, int line)
{
    if (p->s.state != state || !str_is(p->s.task, task)) {
        print_error("%s:%d: %s, %.*s instead of %s, %s\n", file, line, dossier_state_name((int)p->s.state), PRS(p->s.task), dossier_state_name(state), task);
        _fail(file, line);
    }
    if (next_at)
        play_time(p->s.next_at, next_at, file, line);
}

struct cast cast_new(struct arena *a, int64_t now)
{
    people_n = 0;
    return (struct cast){.clerk = who_new(a, "staff:clerk", ROLE_CLERK, "30292.TTPVHCC", NULL, false, now),
                         .officer = who_new(a, "staff:officer", ROLE_OFFICER, "30292.VPX", NULL, false, now),
                         .leader = who_new(a, "staff:leader", ROLE_LEADER, "30292", NULL, false, now),
                         .records = who_new(a, "staff:records", ROLE_RECORDS_CLERK, "30292", NULL, false, now),
                         .returner = who_new(a, "staff:returner", ROLE_RETURN_CLERK, "30292.TTPVHCC", NULL, false, now),
                         .postal = who_new(a, "staff:postal", ROLE_POSTAL_AGENT, "30292.TTPVHCC", NULL, false, now),
                         .stranger = who_new(a, "staff:stranger", ROLE_CLERK, "30337", NULL, false, now),
                         .police = who_new(a, "staff:police", ROLE_OFFICER, "30292.CAX", NULL, false, now),
                         .police_link = who_new(a, "token:police", ROLE_CONNECTOR, "30292.CAX", NULL, false, now),
                         .owner = who_new(a, "citizen:1", ROLE_CITIZEN, NULL, "099190000123", false, now),
                         .neighbour = who_new(a, "citizen:2", ROLE_CITIZEN, NULL, "099190000999", false, now),
                         .department = who_new(a, "staff:stp", ROLE_OFFICER, "91.STP", NULL, false, now),
                         .centre = who_new(a, "staff:centre", ROLE_CLERK, "91.TTPVHCC", NULL, false, now),
                         .controller = who_new(a, "staff:vpub", ROLE_PROCEDURE_CONTROLLER, "91.VPUB", NULL, false, now),
                         .system = who_new(a, "system", ROLE_SYSTEM, "", NULL, false, now)};
}

void working(struct play *p, const struct cast *c)
{
    assert_ok(p, play_submit(p, c->clerk, (struct asked){.procedure = "1.004873"}));
    assert_ok(p, play_do(p, c->leader, "assign", "{'officer': 'staff:officer'}"));
}
