/* Random sequences of commands through decide and apply: whatever people, machines and broken clients send, at whatever time, the dossier
 * stays a dossier. What must hold is in hold(); what is sent is half sensible, half garbage, from a fixed seed.
 *
 * MOTCUA_SEQUENCES and MOTCUA_SEED change how many and which; under a sanitizer fewer are played. */
#include "domain/dossier/dossier_test.h"
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEQUENCES = 3000 };
#else
enum { SEQUENCES = 100000 };
#endif
enum { LENGTH_MAX = 12, EVENTS_MAX = 2 * LENGTH_MAX, SAVED_MAX = 256 * 1024, ROWS = 30 /* of the table of commands */ };

static uint64_t seed;
static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}
static size_t below(size_t n) { return (size_t)(draw() % n); }
static bool chance(size_t percent) { return below(100) < percent; }
#define ONE_OF(list) (list)[below(ARRAY_LEN(list))]

/* --- people --- */

enum { PEOPLE_MAX = 24 };
static struct who *people[PEOPLE_MAX];
static size_t people_count;
static struct arena *people_arena;

static void person(const char *id, enum role role, const char *unit, const char *number, bool cleared)
{
    people[people_count++] = who_new(people_arena, id, role, unit, number, cleared, test_at("2026-11-23 09:00"));
}

static int setup(void **state)
{
    int r = world_setup(state);
    people_arena = arena_new();
    person("staff:clerk", ROLE_CLERK, "30292.TTPVHCC", NULL, false);
    person("staff:clerk2", ROLE_CLERK, "30292", NULL, true);
    person("staff:officer", ROLE_OFFICER, "30292.VPX", NULL, false);
    person("staff:leader", ROLE_LEADER, "30292", NULL, false);
    person("staff:leader2", ROLE_LEADER, "30292", NULL, true);
    person("staff:returner", ROLE_RETURN_CLERK, "30292", NULL, false);
    person("staff:records", ROLE_RECORDS_CLERK, "30292", NULL, false);
    person("staff:postal", ROLE_POSTAL_AGENT, "30292", NULL, false);
    person("staff:self", ROLE_CLERK, "30292", "099190000123", true);
    person("staff:police", ROLE_OFFICER, "30292.CAX", NULL, false);
    person("token:police", ROLE_CONNECTOR, "30292.CAX", NULL, false);
    person("staff:stp", ROLE_LEADER, "91.STP", NULL, true);
    person("staff:ward", ROLE_LEADER, "30307", NULL, false);
    person("staff:centre", ROLE_CLERK, "91.TTPVHCC", NULL, false);
    person("staff:vpub", ROLE_PROCEDURE_CONTROLLER, "91.VPUB", NULL, false);
    person("staff:admin", ROLE_ADMINISTRATOR, "91", NULL, false);
    person("citizen:1", ROLE_CITIZEN, NULL, "099190000123", false);
    person("citizen:2", ROLE_CITIZEN, NULL, "099190000999", false);
    person("system", ROLE_SYSTEM, "", NULL, false);
    return r;
}

static int teardown(void **state)
{
    arena_free(&people_arena);
    return world_teardown(state);
}

/* --- what is sent --- */

static json_t *garbage(int depth)
{
    switch (below(depth > 3 ? 8 : 12)) {
    case 0: return json_null();
    case 1: return json_boolean(chance(50));
    case 2: return json_integer((json_int_t)below(50) - 5);
    case 3: return json_integer(chance(50) ? INT64_MAX : INT64_MIN);
    case 4: return json_real(1.5);
    case 5: return json_string("");
    case 6: return json_string("a\u202eb\u0301 \xf0\x9f\x98\x80");
    case 7: {
        size_t n = chance(3) ? 300000 : below(6000);
        char *text = malloc(n + 1);
        memset(text, "x\"\\ "[below(4)], n);
        json_t *j = json_stringn(text, n);
        free(text);
        return j;
    }
    case 8: return json_object();
    case 9: return json_array();
    case 10: {
        json_t *list = json_array();
        for (size_t i = chance(5) ? 300 : below(4); i-- > 0;)
            json_array_append_new(list, garbage(depth + 1));
        return list;
    }
    default: {
        static const char *const keys[] = {"name", "unit", "file", "a", "role", "subject"};
        json_t *o = json_object();
        for (size_t i = below(4); i-- > 0;)
            json_object_set_new(o, ONE_OF(keys), garbage(depth + 1));
        return o;
    }
    }
}

static json_t *party(void)
{
    static const char *const roles[] = {"owner", "owner", "submitter", "subject", "representative"}, *const numbers[] = {"099190000123", "099190000999", "099090000007"},
                             *const names[] = {"Nguyễn Thị Hoa", "trần văn bé", "王小明"}, *const places[] = {"30292", "30307", "00004"};
    json_t *o = json_object();
    json_object_set_new(o, "role", json_string(ONE_OF(roles)));
    json_object_set_new(o, "kind", json_string("person"));
    json_object_set_new(o, "name", json_string(ONE_OF(names)));
    if (chance(80)) {
        json_object_set_new(o, "id_type", json_string("personal_number"));
        json_object_set_new(o, "id_number", json_string(ONE_OF(numbers)));
    }
    if (chance(80))
        json_object_set_new(o, "territory", json_string(ONE_OF(places)));
    return o;
}

static json_t *parties(void)
{
    json_t *list = json_array();
    for (size_t i = 1 + (chance(20) ? below(4) : 0); i-- > 0;)
        json_array_append_new(list, party());
    if (chance(85)) {
        json_object_set_new(json_array_get(list, 0), "role", json_string("owner"));
        json_object_set_new(json_array_get(list, 0), "territory", json_string("30292"));
    }
    return list;
}

static void put_text(json_t *o, const char *key, const char *text) { json_object_set_new(o, key, json_string(text)); }

static void put_due(json_t *o, int64_t now)
{
    char text[40];
    time_format(now + (int64_t)below(60) * MS_DAY - (chance(10) ? 5 * (int64_t)MS_DAY : 0), text);
    put_text(o, "due_at", text);
    put_text(o, "due_reason", "quyết định");
}

static json_t *results(void)
{
    json_t *list = json_array();
    for (size_t i = below(4); i-- > 0;) {
        json_t *o = json_object();
        put_text(o, "number", "12/TLKS");
        put_text(o, "date", "2026-11-25");
        if (chance(30))
            put_text(o, "file", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *submission(struct str home)
{
    static const char *const procedures[] = {"1.001193", "1.004873", "1.004222", "2.000815", "1.013225", "1.001639", "2.001263", "1.003197", "1.004873", "1.004873", "1.009452", "2.002621", "1.014325"},
                             *const channels[] = {"counter", "counter", "online", "online", "post", "kiosk"};
    json_t *o = json_object(), *delivery = json_object();
    put_text(o, "procedure", ONE_OF(procedures));
    put_text(o, "channel", ONE_OF(channels));
    if (chance(20))
        put_text(o, "variant", chance(50) ? "nha-o" : "so-huu"); /* of two of these procedures */
    put_s(o, "receiving_unit", home);
    json_object_set_new(o, "parties", parties());
    put_text(delivery, "method", chance(50) ? "counter" : "electronic");
    json_object_set_new(o, "delivery", delivery);
    if (chance(20))
        put_text(o, "competent_unit", chance(50) ? "30307" : "91.STP");
    if (chance(20))
        put_text(o, "competent_reason", "nơi ở mới");
    if (chance(30)) {
        json_t *list = json_array(), *paper = json_object();
        put_i(paper, "component", 1);
        put_i(paper, "copies", 1);
        json_array_append_new(list, paper);
        json_object_set_new(o, "components", list);
    }
    return o;
}

/* Nearly always: what the command does not read goes, for the whole would be refused. */
static json_t *only_known(const char *type, json_t *o)
{
    struct fail f = {0};
    const char *known = dossier_command_fields(str_of(type));
    do {
        f.n = 0;
        if (known && chance(99))
            fields_known_only(&f, o, "", known);
        for (size_t i = 0; i < f.n; i++)
            json_object_del(o, f.item[i].pointer + 1);
    } while (f.n == FAIL_DETAILS_MAX);
    return o;
}

static json_t *payload_for(const char *type, int64_t now, struct str home)
{
    static const char *const units[] = {"30292", "30307", "91.STP", "30292.CAX", "30292.PVHXH", "91", "nowhere"}, *const reasons[] = {"financial_duty", "law", "outside_verification", "tired"},
                             *const approvers[] = {"staff:leader", "staff:leader2", "staff:leader2", "staff:officer", "staff:leader3"}, *const told[] = {"sent", "sent", "confirmed", "refused"},
                             *const receivers[] = {"npsp", "G12"};
    json_t *o = strcmp(type, "submit") == 0 ? submission(home) : json_object();
    bool own_date = strcmp(type, "submit") == 0 || strcmp(type, "receive") == 0 || strcmp(type, "correct") == 0; /* only where there is no limit */
    if (!own_date || chance(50))
        put_due(o, now);
    if (strcmp(type, "submit") == 0)
        return o;
    if (chance(60) && (strcmp(type, "approve") == 0 || strcmp(type, "deliver") == 0 || strcmp(type, "assign") == 0))
        json_object_del(o, "results");
    put_text(o, "reason", strcmp(type, "suspend") == 0 ? ONE_OF(reasons) : "lý do");
    put_text(o, "basis", "Luật Hộ tịch");
    put_text(o, "approver", ONE_OF(approvers));
    put_text(o, "officer", "staff:officer");
    put_text(o, "unit", ONE_OF(units));
    put_text(o, "question", "ý kiến?");
    put_text(o, "opinion", "đồng ý");
    put_i(o, "no", (int64_t)below(3));
    put_text(o, "step", "thẩm tra");
    put_text(o, "text", "ghi chú");
    put_text(o, "decision", "12/QĐ");
    put_text(o, "proof", "OTP");
    put_i(o, "result", 1);
    json_object_set_new(o, "agreed", json_boolean(chance(70)));
    put_text(o, "receiver", ONE_OF(receivers));
    put_text(o, "state", ONE_OF(told));
    put_i(o, "version", 1 + (int64_t)below(4));
    json_object_set_new(o, "items", json_pack("[s]", "giấy chứng sinh"));
    json_object_set_new(o, "collector", json_pack("{ss}", "name", "Hoa"));
    if (strcmp(type, "receive") == 0 && chance(30)) {
        put_text(o, "competent_unit", ONE_OF(units));
        put_text(o, "competent_reason", "nơi ở");
    }
    if (strcmp(type, "approve") == 0 || strcmp(type, "reject") == 0)
        json_object_set_new(o, "results", results());
    if (strcmp(type, "deliver") == 0 && chance(30))
        json_object_set_new(o, "results", json_pack("[i]", 1));
    if (strcmp(type, "supplement") == 0 && chance(20))
        json_object_set_new(o, "complete", json_false());
    if (strcmp(type, "correct") == 0) {
        json_t *c = json_object();
        if (chance(50))
            put_text(c, "competent_unit", ONE_OF(units));
        if (chance(20))
            put_text(c, "variant", chance(50) ? "ton-giao" : "thue-muon");
        if (chance(30))
            put_text(c, "procedure", chance(50) ? "1.001193" : "1.001639");
        if (chance(40))
            json_object_set_new(c, "parties", parties());
        json_object_set_new(o, "changes", c);
    }
    if (chance(50))
        json_object_set_new(o, "outage", json_pack("{ss ss}", "evidence", "biên bản", "logged_as", "SC-1"));
    return only_known(type, o);
}

/* Replaces, adds or drops something anywhere near the top. */
static void spoil(json_t *o)
{
    for (size_t times = 1 + below(3); times-- > 0;) {
        size_t n = json_object_size(o), at = n ? below(n) : 0;
        const char *key;
        json_t *v, *inner = NULL;
        char name[64] = "extra";
        json_object_foreach(o, key, v) {
            if (at-- == 0) {
                snprintf(name, sizeof name, "%s", key);
                inner = v;
                break;
            }
        }
        if (json_is_array(inner) && json_array_size(inner) && chance(50)) {
            json_t *item = json_array_get(inner, 0);
            if (json_is_object(item) && chance(70))
                spoil(item);
            else
                json_array_set_new(inner, 0, garbage(0));
        } else if (json_is_object(inner) && chance(50))
            spoil(inner);
        else if (chance(15))
            json_object_del(o, name);
        else
            json_object_set_new(o, name, garbage(0));
    }
}

/* --- one sequence --- */

struct life {
    struct arena *a;
    struct str home;
    int64_t now, seq;
    struct dossier s;
    struct applied event[EVENTS_MAX];
    size_t events;
    char told[4096]; /* what was done, for the message of a failure */
    size_t told_n;
};
static struct { int64_t decided, accepted, refused, not_canonical, erased, owned, variants, revoked, told, spoken, states[DOSSIER_STATES]; } tally;

static void broken(const struct life *l, const char *what)
{
    fail_msg("%s\n%s", what, l->told);
}
#define HOLDS(l, truth) do { if (!(truth)) broken((l), #truth); } while (0)

static bool contested_void(const struct dossier *s)
{
    for (size_t i = 0; i < s->approvals; i++)
        if (str_is(s->approval[i].command, "void") && str_is(s->approval[i].state, "contested"))
            return true;
    return false;
}

static void hold(const struct life *l, const struct dossier *was, const struct actor *actor)
{
    const struct dossier *s = &l->s;
    bool first = was->state == DOSSIER_NONE, closed = dossier_state_final((int)s->state) || s->voided;
    HOLDS(l, s->state > 0 && s->state < DOSSIER_STATES);
    HOLDS(l, first || s->state == was->state || transition_allowed((int)was->state, (int)s->state));
    HOLDS(l, !first || s->state == DOSSIER_NEW || s->state == DOSSIER_RECEIVED);
    HOLDS(l, !dossier_state_final((int)was->state) || (s->state == was->state && s->closed_at == was->closed_at && s->next_at == 0));
    HOLDS(l, !was->voided || s->voided || contested_void(s)); /* only the second person takes a void back */
    HOLDS(l, !was->erased);
    HOLDS(l, closed == (s->next_at == 0));
    HOLDS(l, closed == str_is(s->task, "none") && s->task.n > 0);
    HOLDS(l, closed == (s->closed_at != 0));
    HOLDS(l, s->receiving_unit.n && s->receiving_desk.n && s->competent_unit.n && s->competent_desk.n && s->procedure.n && s->code.n);
    HOLDS(l, s->next_at >= 0 && s->due_at >= 0 && s->start_at >= 0);
    HOLDS(l, !s->received_at || (s->due_at >= s->start_at && s->start_at >= s->received_at && s->promised_at == s->due_at));
    HOLDS(l, s->received_at || s->state == DOSSIER_NEW || s->state == DOSSIER_SUPPLEMENT || s->state == DOSSIER_REFUSED || s->state == DOSSIER_WITHDRAWAL
                 || s->state == DOSSIER_STOPPED);
    HOLDS(l, s->late_mark >= was->late_mark && s->supplements >= was->supplements && s->receipts >= was->receipts);
    HOLDS(l, s->reappointed + s->apologised <= 2 && s->reappointed <= 1 && s->apologised <= 1);
    HOLDS(l, first || (s->submitted_at == was->submitted_at && str_eq(s->code, was->code) && str_eq(s->receiving_unit, was->receiving_unit)));
    HOLDS(l, !was->received_at || s->received_at == was->received_at);
    HOLDS(l, !was->finished_at || (s->finished_at == was->finished_at && s->due_at == was->due_at)); /* nobody touches the dates of a finished one */
    HOLDS(l, !s->suspended_at || s->state == DOSSIER_PROCESSING || s->state == DOSSIER_FINANCE || s->state == DOSSIER_WITHDRAWAL);
    HOLDS(l, s->state != DOSSIER_FINANCE || s->suspended_at);
    HOLDS(l, s->state != DOSSIER_DELIVERED || s->delivered_at);
    HOLDS(l, s->state != DOSSIER_DONE || (s->finished_at && s->outcome.n));
    for (size_t i = 0; i < was->results && i < s->results; i++)
        HOLDS(l, !was->result[i].delivered_at || was->result[i].delivered_at == s->result[i].delivered_at);
    for (size_t i = 0; i < was->results && i < s->results; i++)
        HOLDS(l, !was->result[i].revoked_at || was->result[i].revoked_at == s->result[i].revoked_at);
    /* The axes move by their table; nobody hears of an older version than before; a word once given stays. */
    HOLDS(l, str_eq(s->finance, was->finance) || dossier_axis_allows(AXIS_FINANCE, was->finance, s->finance));
    HOLDS(l, str_eq(s->delivery_state, was->delivery_state) || dossier_axis_allows(AXIS_DELIVERY, was->delivery_state, s->delivery_state));
    HOLDS(l, s->syncs >= was->syncs && s->approvals >= was->approvals);
    for (size_t i = 0; i < was->syncs; i++)
        HOLDS(l, str_eq(was->sync[i].receiver, s->sync[i].receiver) && s->sync[i].version >= was->sync[i].version
                     && (str_eq(was->sync[i].state, s->sync[i].state) || dossier_axis_allows(AXIS_SYNC, was->sync[i].state, s->sync[i].state)));
    for (size_t i = 0; i < was->approvals; i++)
        HOLDS(l, str_is(was->approval[i].state, "named") || str_eq(was->approval[i].state, s->approval[i].state));
    HOLDS(l, (s->finance.n && str_is(s->finance, "waiting")) == (s->state == DOSSIER_FINANCE || (s->state == DOSSIER_WITHDRAWAL && s->previous == DOSSIER_FINANCE)));
    const struct procedure *p = s->variant.n ? procedure_find(world.rules.catalog, s->procedure, s->agency, time_local_day(s->submitted_at), NULL) : NULL;
    HOLDS(l, !s->variant.n || (p && variant_find(world.rules.catalog, p, s->variant, time_local_day(s->submitted_at))));
    HOLDS(l, (s->state == DOSSIER_DELIVERED) == str_is(s->delivery_state, "delivered"));
    /* Rights: nobody in office on a dossier of their own; restricted ones only with clearance; awaiting acceptance nobody works. */
    bool system = str_is(actor->id, "system");
    for (size_t i = 0; i < was->owner_hashes && actor->unit.n; i++)
        HOLDS(l, !actor_sees(actor, str_printf(l->a, "o:%.*s", PRS(was->owner_hash[i]))));
    HOLDS(l, first || system || dossier_visible(was, actor));
    HOLDS(l, s->state != DOSSIER_DONE || was->state == DOSSIER_DONE || !dossier_awaits_acceptance(was));
}

/* Folds all events anew: with what was said in them, or, of an erased dossier, without the personal part. */
static void replay(struct life *l)
{
    struct dossier again = {0};
    for (size_t i = 0; i < l->events; i++) {
        struct applied e = l->event[i];
        if (l->s.erased)
            e.personal = NULL;
        HOLDS(l, dossier_apply(&again, l->a, &e) == ERR_OK);
    }
    HOLDS(l, saved_equal(&again, &l->s));
}

static void tell(struct life *l, const struct who *w, const char *type, enum err e, const struct fail *f)
{
    char at[40];
    time_format(l->now, at);
    int n = snprintf(l->told + l->told_n, sizeof l->told - l->told_n, "%s %.*s %s: %s %s %s\n", at, PRS(w->actor.id), type, err_info(e)->name,
                     e ? f->item[0].code : "", e ? f->item[0].pointer : "");
    l->told_n += n > 0 && l->told_n + (size_t)n < sizeof l->told ? (size_t)n : 0;
}

static void one(struct life *l, const struct who *w, const char *type, json_t *payload)
{
    struct arena *a = l->a;
    struct dossier_inputs in = {.code_no = 1};
    struct command c = {.aggregate = &dossier_aggregate, .type = str_of(type), .home_unit = l->home, .actor = w->actor, .key = STR("k"),
                        .payload = arena_json(a, payload), .now = l->now};
    name_people(&c, &in);
    struct decision *d = ARENA_NEW(a, struct decision);
    *d = (struct decision){.arena = a, .rules = &world.rules, .keyring = &world.keyring, .command = &c, .state = l->seq ? &l->s : NULL, .seq = l->seq, .inputs = &in};
    enum err e = command_decide(d);
    struct str bytes;
    tally.decided++;
    tell(l, w, type, e, &d->fail);
    HOLDS(l, e == d->fail.err);
    if (e) {
        HOLDS(l, d->events == 0 && d->fail.n > 0 && e != ERR_INTERNAL && e != ERR_CORRUPT);
        tally.refused++;
        return;
    }
    HOLDS(l, d->events > 0);
    if (canonical_json(a, payload, &bytes)) { /* domain/command refuses it before anybody decides */
        tally.not_canonical++;
        return;
    }
    struct dossier was = l->s;
    for (size_t i = 0; i < d->events; i++) {
        const struct new_event *n = &d->event[i];
        struct str plain_bytes = STR(""), personal = STR("");
        HOLDS(l, canonical_json(a, n->payload, &plain_bytes) == ERR_OK);
        HOLDS(l, !n->personal || canonical_json(a, n->personal, &personal) == ERR_OK);
        HOLDS(l, plain_bytes.n + (personal.n + 64) * 4 / 3 < EVENT_PAYLOAD_MAX && n->basis.n <= 120);
        struct applied *ev = &l->event[l->events++];
        *ev = (struct applied){.payload = n->payload, .personal = n->personal, .keyring = &world.keyring};
        ev->head = (struct event){.type = str_of(n->type), .version = n->version, .seq = ++l->seq, .at = l->now};
        HOLDS(l, dossier_apply(&l->s, a, ev) == ERR_OK);
    }
    tally.accepted++;
    hold(l, &was, &w->actor);
    /* Carried as it is stored: save, load, save again. */
    struct buf b _buf_ = BUF_MAX(SAVED_MAX);
    dossier_save(&b, &l->s);
    HOLDS(l, !b.overflow);
    struct dossier back = {0};
    HOLDS(l, dossier_load(&back, a, str_dup(a, buf_view(&b))) == ERR_OK);
    HOLDS(l, saved_equal(&back, &l->s));
    l->s = back;
}

static int64_t later(void)
{
    switch (below(6)) {
    case 0: return 0;
    case 1: return (int64_t)below(3600) * MS_SECOND;
    case 2: return (int64_t)below(10) * MS_HOUR;
    case 3: return (int64_t)below(3) * MS_DAY;
    case 4: return (int64_t)below(10) * MS_DAY;
    default: return chance(3) ? 400 * (int64_t)MS_DAY : MS_MINUTE;
    }
}

/* Somebody who could give a command now, and one of those commands; or anybody and anything. */
static void next(struct life *l)
{
    const struct who *w = people[below(people_count)];
    const char *type = NULL, *can[40];
    l->now += later();
    if (!l->seq) {
        type = chance(97) ? "submit" : dossier_rule_at(below(ROWS))->command;
        if (chance(85)) /* somebody who may: at the centre, or at the ward and at home */
            w = str_is(l->home, "91.TTPVHCC") ? people[13] : people[chance(60) ? below(2) : chance(50) ? 7 : 16];
    }
    for (int tries = 0; l->seq && !type && tries < 7 && !chance(6); tries++) {
        w = people[chance(60) ? below(6) : below(people_count)];
        size_t n = dossier_visible(&l->s, &w->actor) ? dossier_possible(&world.rules, &l->s, &w->actor, l->now, can, ARRAY_LEN(can)) : 0;
        size_t pick = n ? below(n) : 0;
        bool ends = n && (strcmp(can[pick], "void") == 0 || strcmp(can[pick], "stop") == 0 || strcmp(can[pick], "note") == 0 || strcmp(can[pick], "refuse") == 0 || strcmp(can[pick], "withdraw") == 0);
        type = n && (!ends || chance(12)) ? can[pick] : NULL;
    }
    if (!type)
        type = chance(3) ? "submit" : dossier_rule_at(below(ROWS))->command;
    json_t *payload = payload_for(type, l->now, l->home);
    if (chance(15))
        spoil(payload);
    one(l, w, type, payload);
}

static void test_whatever_is_sent_a_dossier_stays_a_dossier(void **state) /* */
{
    (void)state;
    const char *count = getenv("MOTCUA_SEQUENCES"), *from = getenv("MOTCUA_SEED");
    size_t sequences = count ? (size_t)atoll(count) : SEQUENCES;
    seed = from ? (uint64_t)atoll(from) : 20261123;
    size_t rows = 0;
    while (dossier_rule_at(rows))
        rows++;
    assert_int_equal(rows, ROWS);
    struct arena *a = arena_new();
    int64_t began = time_monotonic_us(), first = test_at("2026-08-03 06:00");
    for (size_t i = 0; i < sequences; i++, arena_reset(a)) {
        struct life l = {.a = a, .home = chance(85) ? STR("30292") : STR("91.TTPVHCC"), .now = first + (int64_t)below(200) * MS_DAY + (int64_t)below(86400) * MS_SECOND};
        for (size_t n = 2 + below(LENGTH_MAX - 1); n-- > 0 && l.events + 2 <= EVENTS_MAX;)
            next(&l);
        if (l.seq)
            replay(&l);
        tally.states[l.s.state]++;
        tally.owned += l.s.owner_hashes > 0;
        tally.erased += l.s.erased;
        tally.variants += l.s.variant.n > 0;
        tally.told += l.s.syncs > 0;
        for (size_t r = 0; r < l.s.results; r++)
            tally.revoked += l.s.result[r].revoked_at != 0;
        for (size_t n = 0; n < l.s.approvals; n++)
            tally.spoken += !str_is(l.s.approval[n].state, "named");
    }
    int64_t took = time_monotonic_us() - began;
    arena_free(&a);
    print_message("# %zu sequences, %lld commands (%lld accepted, %lld refused, %lld not canonical) in %lld ms: %lld sequences/s\n", sequences, (long long)tally.decided,
                  (long long)tally.accepted, (long long)tally.refused, (long long)tally.not_canonical, (long long)took / 1000,
                  (long long)(sequences * 1000000ULL / (uint64_t)(took + 1)));
    for (int s = 0; s < DOSSIER_STATES; s++) {
        print_message("# ends %s: %lld\n", dossier_state_name(s), (long long)tally.states[s]);
        if (sequences >= 20000) /* fewer (under a sanitizer) may miss a rare one */
            assert_true(tally.states[s] > 0); /* the way to every state is really played */
    }
    print_message("# erased %lld, with a case %lld, results revoked %lld, told to others %lld, words of second persons %lld\n", (long long)tally.erased,
                  (long long)tally.variants, (long long)tally.revoked, (long long)tally.told, (long long)tally.spoken);
    if (sequences >= 3000)
        assert_true(tally.erased > 0 && tally.accepted > tally.decided / 5 && tally.owned > (int64_t)sequences / 4 && tally.variants > 0 && tally.told > 0 && tally.spoken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whatever_is_sent_a_dossier_stays_a_dossier)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
