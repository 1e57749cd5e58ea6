/* No path leads out of the scope. Random dossiers, made by real commands, and random principals; every route of the table is asked by everybody
 * about every dossier, over a real server on both engines, and what comes back is held against a slow oracle.
 *
 * The oracle knows nothing of audiences: it reads which units a dossier names and what a person's posts are, and says from the rules of
 * rights.h who may see. A route that this test does not know ends it: whoever adds one teaches it here. */
#include <stdatomic.h>
#include "face/api/api_private.h"
#include "domain/staff/staff.h"
#include "store/files.h"
#include "support/store_fixture.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DOSSIERS = 36, PEOPLE = 26, ANSWER_BYTES_MAX = 4 << 20 };

struct known { /* what the test itself knows of a dossier */
    struct str code, home;
    struct id id;
    char word[24], number[16], sha[2 * HASH_BYTES + 1], result[100];
    const struct dossier *d; /* state after its last command */
};
struct person {
    char token[16];
    struct actor actor;
    struct principal principal;
    struct role_grant grant[2];
    struct hash own;
    char number[16];
};
static struct {
    struct arena *a;
    struct rules rules;
    struct engine_room room;
    struct file_store *files;
    struct api *api;
    struct http_server *server;
    int socket;
    uint64_t seed;
    int64_t now;
    struct known dossier[DOSSIERS];
    size_t dossiers;
    struct person person[PEOPLE];
    size_t people;
    struct str answer; /* the last one */
    char *buffer;
    int asked;
} w;

static uint64_t below(uint64_t n) { return draw(&w.seed) % n; }

/* --- the oracle --- */

static const struct unit *unit_at(struct str code)
{
    const struct unit *u = unit_find(w.rules.org, code);
    if (!u)
        fail_msg("no unit %.*s", PRS(code));
    return u;
}

static bool same_office(struct str x, struct str y)
{
    if (!x.n || !y.n)
        return false;
    const struct unit *a = unit_at(x), *b = unit_at(y);
    bool one_committee = a->territory.n && str_eq(a->territory, b->territory) && (a->shares_committee || str_eq(a->code, a->territory))
        && (b->shares_committee || str_eq(b->code, b->territory));
    return str_eq(x, y) || one_committee;
}

static bool works_on(const struct dossier *d, struct str office)
{
    bool yes = same_office(d->receiving_unit, office) || same_office(d->competent_unit, office);
    for (size_t i = 0; i < d->consults; i++)
        yes |= !d->consult[i].answered_at && same_office(d->consult[i].unit, office);
    return yes;
}

static bool may_see(const struct person *p, const struct known *k)
{
    if (p->number[0] && strcmp(p->number, k->number) == 0)
        return true; /* one's own, confidential or not */
    for (size_t i = 0; i < p->principal.role_count; i++) {
        enum role role = p->grant[i].role;
        struct str office = p->grant[i].unit;
        if (role == ROLE_CITIZEN || role == ROLE_ADMINISTRATOR)
            continue;
        if (role == ROLE_SYSTEM) {
            if (!k->d->restricted)
                return true;
            continue;
        }
        const struct unit *u = unit_at(office);
        bool oversight = (role == ROLE_SUPERVISOR || role == ROLE_AUDITOR || role == ROLE_PROCEDURE_CONTROLLER) && u->oversees;
        if (k->d->restricted) {
            if (p->principal.cleared_to_ms > w.now && works_on(k->d, office))
                return true;
        } else if (oversight && u->level == UNIT_CENTRAL) {
            return true;
        } else if (oversight && u->level == UNIT_PROVINCE) {
            if (str_eq(unit_at(k->d->receiving_unit)->province, u->province) || str_eq(unit_at(k->d->competent_unit)->province, u->province))
                return true;
        } else if (works_on(k->d, office))
            return true;
    }
    return false;
}

/* --- people --- */

static struct person *somebody(enum role role, const char *unit, const char *number, bool cleared)
{
    struct person *p = &w.person[w.people];
    snprintf(p->token, sizeof p->token, "p%zu", w.people++);
    p->grant[0] = (struct role_grant){role, str_of(unit), 0, INT64_MAX};
    p->principal = (struct principal){.actor_id = str_printf(w.a, "%s:%s", unit[0] ? "staff" : "citizen", p->token), .unit = str_of(unit), .roles = p->grant,
                                      .role_count = 1, .cleared_to_ms = cleared ? INT64_MAX : 0};
    if (number) {
        snprintf(p->number, sizeof p->number, "%s", number);
        p->own = personal_hash(&w.room.keyring, "personal_number", str_of(number));
        p->principal.parties = &p->own;
        p->principal.party_count = 1;
    }
    return p;
}

static void ready(struct person *p)
{
    p->actor = (struct actor){.id = p->principal.actor_id, .unit = p->principal.unit, .principal = &p->principal};
    p->actor.audiences = audiences_of(w.rules.org, w.a, &p->principal, w.now, p->actor.audience);
}

static const char *const offices[] = {"30307", "30307.TTPVHCC", "30307.CAX", "30292", "30292.VPX", "91", "91.STP", "91.VPUB", "91.CA", "00004", "01.STP", "01", "G15"};

static void cast(void)
{
    static const enum role staff[] = {ROLE_CLERK, ROLE_OFFICER, ROLE_LEADER, ROLE_RECORDS_CLERK, ROLE_RETURN_CLERK, ROLE_SUPERVISOR, ROLE_AUDITOR,
                                      ROLE_PROCEDURE_CONTROLLER, ROLE_ADMINISTRATOR, ROLE_CONNECTOR, ROLE_POSTAL_AGENT};
    w.people = 0;
    memset(w.person, 0, sizeof w.person);
    somebody(ROLE_SYSTEM, "91", NULL, false);
    somebody(ROLE_AUDITOR, "91.VPUB", NULL, false);
    somebody(ROLE_SUPERVISOR, "91", NULL, true);
    somebody(ROLE_CLERK, "30307", NULL, true);
    somebody(ROLE_CITIZEN, "", w.dossier[0].number, false);
    somebody(ROLE_CITIZEN, "", "099200999999", false);
    while (w.people < PEOPLE) {
        const char *unit = offices[below(ARRAY_LEN(offices))];
        if (!unit_find(w.rules.org, str_of(unit)))
            continue;
        struct person *p = below(6) ? somebody(staff[below(ARRAY_LEN(staff))], unit, below(5) ? NULL : w.dossier[below(w.dossiers)].number, below(3) == 0)
                                    : somebody(ROLE_CITIZEN, "", w.dossier[below(w.dossiers)].number, false);
        if (p->principal.unit.n && below(4) == 0) /* a second post elsewhere */
            p->grant[p->principal.role_count++] = (struct role_grant){staff[below(ARRAY_LEN(staff))], STR("30292"), 0, INT64_MAX};
    }
    for (size_t i = 0; i < w.people; i++)
        ready(&w.person[i]);
}

/* --- dossiers, by real commands --- */

static struct person hand; /* whoever is needed to make them */

static const struct actor *as(enum role role, struct str unit)
{
    hand = (struct person){.grant = {{role, unit, 0, INT64_MAX}}};
    hand.principal = (struct principal){.actor_id = STR("staff:hand"), .unit = unit, .roles = hand.grant, .role_count = 1, .cleared_to_ms = INT64_MAX};
    ready(&hand);
    return &hand.actor;
}

static bool command(struct known *k, const struct actor *actor, const char *type, json_t *payload)
{
    static int no;
    struct outcome out;
    struct command c = {.aggregate = &dossier_aggregate, .type = str_of(type), .home_unit = k->home, .stream = k->id, .actor = *actor,
                        .key = str_printf(w.a, "k%d", no++), .payload = arena_json(w.a, payload), .now = w.now += 1000};
    if (command_wait(&w.room, w.a, &c, &out))
        return false;
    k->id = out.stream;
    k->d = out.state;
    k->code = str_dup(w.a, k->d->code);
    return true;
}

/* A member of staff whom others may name: with this role in that unit. What she has already is refused, and no matter. */
static void staffed(const char *login, const char *role, struct str unit)
{
    static int no;
    struct outcome out;
    struct db *db _db_ = NULL;
    struct str home = STR("91");
    struct command c = {.aggregate = &staff_aggregate, .type = STR("staff_register"), .home_unit = home, .now = w.now};
    staff_system_actor(&w.rules, w.a, STR(""), w.now, &c.actor);
    assert_int_equal(db_open(w.room.store, DB_READ, &db), ERR_OK);
    if (staff_find(db, w.a, str_of(login), &home, &c.stream)) {
        c.key = str_printf(w.a, "staff%d", no++);
        c.payload = arena_json(w.a, json_pack("{ssssss}", "login", login, "kind", "person", "display", "Nguyễn Thị Thử"));
        assert_int_equal(command_wait(&w.room, w.a, &c, &out), ERR_OK);
        c.stream = out.stream;
    }
    c.type = STR("staff_grant");
    c.key = str_printf(w.a, "staff%d", no++);
    c.payload = arena_json(w.a, json_pack("{ssss%ss}", "role", role, "unit", unit.p, unit.n, "basis", "QĐ 12/QĐ-UBND"));
    (void)!command_wait(&w.room, w.a, &c, &out);
}

static void keep_file(struct known *k, size_t no)
{
    struct file_writer *f _file_writer_ = NULL;
    struct file_info info;
    struct fail fail = {0};
    struct str text = str_printf(w.a, "%%PDF-1.7\nfile of dossier %zu, word %s", no, k->word);
    if (file_writer_begin(w.files, STR("staff:hand"), str_printf(w.a, "%s.pdf", k->word), STR("application/pdf"), w.now, &f, &fail)
        || file_writer_data(f, text, &fail) || file_writer_end(&f, &info, &fail))
        fail_msg("no file: %s", fail.item[0].code);
    hex_format(info.sha256.b, HASH_BYTES, k->sha);
}

static json_t *submission(const struct known *k, const char *procedure, const char *competent)
{
    json_t *o = json_pack("{ss ss ss% s[{ss ss ss ss ss ss}] s[{si s[s]}]}", "procedure", procedure, "channel", "counter", "receiving_unit", k->home.p, k->home.n,
                          "parties", "role", "owner", "kind", "person", "name", k->word, "id_type", "personal_number", "id_number", k->number, "phone",
                          "0912345678", "components", "component", 1, "files", k->sha);
    if (!o)
        abort();
    if (competent) {
        json_object_set_new(o, "competent_unit", json_string(competent));
        json_object_set_new(o, "competent_reason", json_string("bốc thăm"));
    }
    return o;
}

static void further(struct known *k)
{
    struct str at = k->d->competent_unit;
    if (below(5) == 0)
        return;
    if (str_is(k->d->task, "hand_over"))
        command(k, as(ROLE_CLERK, k->home), "hand_over", json_object());
    if (str_is(k->d->task, "accept"))
        command(k, as(ROLE_OFFICER, at), "accept", json_object());
    staffed("hand", "officer", at);
    command(k, as(ROLE_LEADER, at), "assign", json_pack("{ss}", "officer", "staff:hand"));
    if (below(3)) {
        const char *asked = offices[below(ARRAY_LEN(offices))];
        char due[40];
        time_format(w.now + 3LL * MS_DAY, due);
        if (command(k, as(ROLE_OFFICER, at), "consult", json_pack("{ss ss ss}", "unit", asked, "due_at", due, "question", k->word)) && below(2))
            command(k, as(ROLE_OFFICER, str_of(asked)), "answer", json_pack("{si ss}", "no", 1, "opinion", k->word));
    }
    if (below(3) == 0)
        command(k, as(ROLE_LEADER, at), "approve", json_pack("{s[{ss}]}", "results", "number", "1/2026"));
    if (below(8) == 0) {
        staffed("other", "leader", k->home);
        command(k, as(ROLE_CLERK, k->home), "void", json_pack("{ss ss}", "reason", "nhầm", "approver", "staff:other"));
    }
}

static void make_dossiers(void)
{
    static const char *const homes[] = {"30307", "30307.TTPVHCC", "30292", "91.TTPVHCC", "91.STP", "00004", "01.STP", "30292.VPX"};
    static const char *const procedures[] = {"1.001193", "1.001193", "1.000894", "2.000635", "2.000815", "1.003179", "1.003005", "3.000333", "1.003160", "1.003005"};
    size_t tries = 0;
    w.dossiers = 0;
    memset(w.dossier, 0, sizeof w.dossier);
    while (w.dossiers < DOSSIERS && tries++ < 20 * DOSSIERS) {
        struct known *k = &w.dossier[w.dossiers];
        *k = (struct known){.home = str_of(homes[below(ARRAY_LEN(homes))])};
        snprintf(k->word, sizeof k->word, "Xuq%zuz%dq", tries, (int)below(1000000));
        snprintf(k->number, sizeof k->number, "0992%08d", (int)(tries * 1000 + below(1000)) % 100000000);
        keep_file(k, tries);
        if (!command(k, as(ROLE_CLERK, k->home), "submit",
                     submission(k, procedures[below(ARRAY_LEN(procedures))], below(2) ? offices[below(ARRAY_LEN(offices))] : NULL)))
            continue;
        further(k);
        snprintf(k->result, sizeof k->result, "KQ.%.*s.1", PRS(k->code));
        w.dossiers++;
    }
    size_t restricted = 0, elsewhere = 0, consulted = 0, results = 0;
    for (size_t i = 0; i < w.dossiers; i++) {
        const struct dossier *d = w.dossier[i].d;
        restricted += d->restricted != 0;
        elsewhere += !same_office(d->receiving_unit, d->competent_unit);
        results += d->results > 0;
        for (size_t c = 0; c < d->consults; c++)
            consulted += !d->consult[c].answered_at;
    }
    if (w.dossiers < DOSSIERS || restricted < 2 || elsewhere < 4 || consulted < 3 || results < 2)
        fail_msg("too tame: %zu dossiers, %zu restricted, %zu elsewhere, %zu consulted, %zu with results", w.dossiers, restricted, elsewhere, consulted, results);
}

/* --- asking --- */

/* The tokens of this test are names of prepared actors: how a token becomes a principal is the business of domain/staff. */
static enum err enter(struct request *r, struct fail *f)
{
    struct str token = request_bearer(r);
    for (size_t i = 0; i < w.people && token.p; i++)
        if (str_is(token, w.person[i].token)) {
            request_set_principal(r, &w.person[i].actor);
            return ERR_OK;
        }
    return token.p ? fail_add(f, ERR_UNAUTHORISED, NULL, "", "token.unknown", NULL) : ERR_OK;
}

static void send_all(struct str s)
{
    while (s.n) {
        ssize_t n = send(w.socket, s.p, s.n, MSG_NOSIGNAL);
        assert_true(n > 0);
        s = str_sub(s, (size_t)n, s.n);
    }
}

static void connect_again(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(w.server, 0)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    w.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(w.socket, (struct sockaddr *)&to, sizeof to), 0);
}

static const char *more_headers = ""; /* whole lines, of every question until it is changed */

/* Status; the body is w.answer. */
static int ask(const struct person *p, const char *method, const char *path, const char *type, struct str body)
{
    struct buf b _buf_ = BUF_MAX(64 * 1024);
    size_t n = 0;
    w.asked++;
    buf_printf(&b, "%s %s HTTP/1.1\r\nHost: t\r\n", method, path);
    if (p)
        buf_printf(&b, "Authorization: Bearer %s\r\n", p->token);
    if (body.p)
        buf_printf(&b, "Content-Type: %s\r\nIdempotency-Key: q%d\r\nContent-Length: %zu\r\n", type, w.asked, body.n);
    buf_printf(&b, "%s\r\n", more_headers);
    if (body.n)
        buf_str(&b, body);
    send_all(buf_view(&b));
    for (;;) {
        ssize_t got = recv(w.socket, w.buffer + n, ANSWER_BYTES_MAX - 1 - n, 0);
        if (got <= 0)
            fail_msg("%s %s: the connection ended", method, path);
        n += (size_t)got;
        w.buffer[n] = '\0';
        char *end = strstr(w.buffer, "\r\n\r\n"), *length = strstr(w.buffer, "Content-Length: ");
        if (!end)
            continue;
        size_t size = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
        if (n >= (size_t)(end - w.buffer) + 4 + size) {
            w.answer = (struct str){end + 4, size};
            return atoi(w.buffer + 9);
        }
    }
}

static int get(const struct person *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int get(const struct person *p, const char *fmt, ...)
{
    char path[500];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(path, sizeof path, fmt, ap);
    va_end(ap);
    return ask(p, "GET", path, NULL, STR_NONE);
}

static bool says(const char *what) { return memmem(w.answer.p, w.answer.n, what, strlen(what)) != NULL; }

/* Nothing of any dossier outside the scope, whatever was asked. `asked_for`: its code stands in the question, and so may stand in the answer. */
static void assert_within_scope(const struct person *p, const char *asked, const struct known *asked_for)
{
    for (size_t i = 0; i < w.dossiers; i++) {
        const struct known *k = &w.dossier[i];
        if (p && may_see(p, k))
            continue;
        if (says(k->word) || says(k->number) || (k != asked_for && says(k->code.p)))
            fail_msg("%s as %.*s %s at %.*s tells of %s: %.*s", asked, PRS(p ? p->actor.id : STR("nobody")), p ? role_name(p->grant[0].role) : "",
                     PRS(p ? p->grant[0].unit : STR("")), k->code.p, PRS(w.answer));
    }
}

static void expect(const struct person *p, const struct known *k, const char *asked, int status, bool visible)
{
    if ((visible && status != 200) || (!visible && status != 404))
        fail_msg("%s of %s (receiving %.*s, competent %.*s, restricted %d) as %.*s %s at %.*s: %d, but may see: %d", asked, k->code.p,
                 PRS(k->d->receiving_unit), PRS(k->d->competent_unit), (int)k->d->restricted, PRS(p->actor.id), role_name(p->grant[0].role),
                 PRS(p->grant[0].unit), status, visible);
    assert_within_scope(p, asked, k);
}

/* --- one dossier, every route --- */

/* The chain in pages is the chain: each page goes on where the one before ended, with the hash before its first event. */
static void assert_events_page(const struct person *p, const struct known *k)
{
    json_t *whole = json_loadb(w.answer.p, w.answer.n, 0, NULL), *items = json_object_get(whole, "items"), *page = NULL;
    size_t n = 0, limit = 1 + (size_t)w.asked % 3;
    char cursor[24] = "0";
    do {
        json_decref(page);
        assert_int_equal(get(p, "/api/v1/dossiers/%s/events?limit=%zu&cursor=%s", k->code.p, limit, cursor), 200);
        page = json_loadb(w.answer.p, w.answer.n, 0, NULL);
        json_t *part = json_object_get(page, "items");
        assert_in_range(json_array_size(part), 1, limit);
        for (size_t i = 0; i < json_array_size(part); i++)
            assert_true(json_equal(json_array_get(part, i), json_array_get(items, n++)));
        const char *next = json_string_value(json_object_get(page, "next"));
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
    } while (cursor[0]);
    assert_int_equal(n, json_array_size(items));
    json_decref(page);
    json_decref(whole);
    assert_int_equal(get(p, "/api/v1/dossiers/%s/events?cursor=9223372036854775807", k->code.p), 200);
    assert_true(says("\"items\":[]"));
}

/* a stranger is told the code and the degree of completion, and no way of ending looks different from another. */
static void assert_tracked(const struct known *k, bool visible)
{
    json_t *o = json_loadb(w.answer.p, w.answer.n, 0, NULL);
    assert_int_equal(json_is_object(json_object_get(o, "details")), visible);
    assert_int_equal(json_object_size(o), 5);
    const char *level = json_string_value(json_object_get(o, "level"));
    bool over = k->d->voided || dossier_state_final((int)k->d->state);
    if ((strcmp(level, "ended") == 0) != over || json_integer_value(json_object_get(o, "steps")) != 5)
        fail_msg("R-068: %.*s", PRS(w.answer));
    json_decref(o);
}

/* A stranger's refusal must not depend on the dossier: not on its version, not on what the command is, not on whether it is there. */
static void assert_refusals_tell_nothing(const struct person *p, const struct known *k)
{
    static const struct { const char *header, *body; } asked[] = {
        {"If-Match: \"999\"\r\n", "{\"type\":\"complete_step\"}"}, {"If-Match: \"1\"\r\n", "{\"type\":\"complete_step\"}"},
        {"", "{\"type\":\"no_such_command\"}"}, {"If-Match: \"999\"\r\n", "{\"type\":\"void\"}"}, {"", "{\"type\":\"submit\"}"}};
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        char path[200], there[2000];
        more_headers = asked[i].header;
        snprintf(path, sizeof path, "/api/v1/dossiers/%s/commands", k->code.p);
        int status = ask(p, "POST", path, "application/json", str_of(asked[i].body));
        snprintf(there, sizeof there, "%.*s", PRS(w.answer));
        int nowhere = ask(p, "POST", "/api/v1/dossiers/H91.30307-261121-999999/commands", "application/json", str_of(asked[i].body));
        more_headers = "";
        struct str answer = w.answer;
        if (status != 404 || nowhere != 404 || !str_eq(answer, str_of(there)))
            fail_msg("%s with %s as %.*s: %d %s, and where there is none: %d %.*s", asked[i].body, asked[i].header, PRS(p->actor.id), status, there, nowhere,
                     PRS(answer));
    }
}

static void about_one(const struct person *p, const struct known *k, const struct route *r)
{
    bool visible = p && may_see(p, k);
    const char *at = r->pattern;
    if (strcmp(at, "/api/v1/dossiers/{code}") == 0)
        expect(p, k, at, get(p, "/api/v1/dossiers/%s", k->code.p), visible);
    else if (strcmp(at, "/api/v1/dossiers/{code}/events") == 0) {
        expect(p, k, at, get(p, "/api/v1/dossiers/%s/events", k->code.p), visible);
        if (visible)
            assert_events_page(p, k);
    } else if (strcmp(at, "/api/v1/dossiers/{code}/commands") == 0) {
        char path[200];
        snprintf(path, sizeof path, "/api/v1/dossiers/%s/commands", k->code.p);
        int status = ask(p, "POST", path, "application/json", STR("{\"type\":\"complete_step\",\"step\":\"\"}")); /* may not succeed: no step */
        bool reached = visible || p->grant[0].role == ROLE_SYSTEM; /* the machine itself erases what it may not read */
        if ((status == 404) == reached || status == 200)
            fail_msg("%s as %.*s: %d, but may see: %d", path, PRS(p->actor.id), status, visible);
        assert_within_scope(p, at, k);
        if (!reached)
            assert_refusals_tell_nothing(p, k);
    } else if (strcmp(at, "/api/v1/files/{sha256}") == 0)
        expect(p, k, at, get(p, "/api/v1/files/%s", k->sha), visible);
    else if (strcmp(at, "/api/v1/track/{code}") == 0) {
        bool hidden = k->d->restricted && !visible; /* as if there were none */
        int nowhere = get(p, "/api/v1/track/H91.30307-261121-999999");
        struct str none = str_dup(w.a, w.answer);
        assert_int_equal(nowhere, 404);
        assert_int_equal(get(p, "/api/v1/track/%s", k->code.p), hidden ? 404 : 200);
        if (hidden)
            assert_true(str_eq(w.answer, none));
        else
            assert_tracked(k, visible);
        if (says(k->word) || says(k->number))
            fail_msg("R-068: tracking tells of a person: %.*s", PRS(w.answer));
        assert_within_scope(p, at, k);
    } else if (strcmp(at, "/api/v1/verify/{result_code}") == 0) {
        bool issued = k->d->results && k->d->finished_at;
        assert_int_equal(get(p, "/api/v1/verify/%s", k->result), issued ? 200 : 404);
        if (says(k->word) || says(k->number) || (k->d->restricted && says(k->d->procedure.p)))
            fail_msg("a result tells of a person: %.*s", PRS(w.answer));
        assert_within_scope(p, at, k);
    } else if (!strchr(at, '{') || strcmp(at, "/api/v1/reports/{name}") == 0 || strcmp(at, "/api/v1/procedures/{code}") == 0
               || strcmp(at, "/api/v1/territories/{code}/successors") == 0)
        return; /* asked once a person, below */
    else
        fail_msg("this test does not know %s: teach it", at);
}

/* --- lists --- */

static bool listed_as(const struct known *k, const char *state)
{
    bool final = dossier_state_final((int)k->d->state);
    return strcmp(state, "voided") == 0 ? k->d->voided : !k->d->voided && (strcmp(state, "closed") == 0) == final;
}

/* Walks all pages; each dossier of the scope that passes must come once, and no other. */
static void assert_list(const struct person *p, const char *state, const char *unit, int limit)
{
    int seen[DOSSIERS] = {0};
    char cursor[200] = "";
    do {
        assert_int_equal(get(p, "/api/v1/dossiers?state=%s&limit=%d%s%s%s%s", state, limit, unit ? "&unit=" : "", unit ? unit : "", cursor[0] ? "&cursor=" : "", cursor), 200);
        assert_within_scope(p, "list", NULL);
        json_t *page = json_loadb(w.answer.p, w.answer.n, 0, NULL), *item;
        size_t i;
        json_array_foreach(json_object_get(page, "items"), i, item)
            for (size_t d = 0; d < w.dossiers; d++)
                seen[d] += strcmp(json_string_value(json_object_get(item, "code")), w.dossier[d].code.p) == 0;
        const char *next = json_string_value(json_object_get(page, "next"));
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(page);
    } while (cursor[0]);
    for (size_t d = 0; d < w.dossiers; d++) {
        const struct known *k = &w.dossier[d];
        bool wanted = may_see(p, k) && listed_as(k, state)
            && (!unit || str_is(k->d->receiving_unit, unit) || str_is(k->d->competent_unit, unit));
        if (seen[d] != wanted)
            fail_msg("the list %s of %s shows %s %d times to %.*s %s at %.*s, should %d", state, unit ? unit : "all", k->code.p, seen[d], PRS(p->actor.id),
                     role_name(p->grant[0].role), PRS(p->grant[0].unit), wanted);
    }
}

static void assert_lists(const struct person *p)
{
    static const char *const states[] = {"open", "closed", "voided"};
    for (size_t s = 0; s < ARRAY_LEN(states); s++)
        assert_list(p, states[s], NULL, s == 0 ? 5 : 200);
    for (size_t u = 0; u < ARRAY_LEN(offices); u++)
        if (unit_find(w.rules.org, str_of(offices[u])))
            assert_list(p, "open", offices[u], 200);
    assert_int_equal(get(p, "/api/v1/dossiers?task=process&due_before=2100-01-01&limit=200"), 200);
    assert_within_scope(p, "filtered list", NULL);
}

static void assert_searches(const struct person *p, const struct known *k)
{
    bool visible = may_see(p, k);
    char begun[24];
    snprintf(begun, sizeof begun, "%.*s", (int)strlen(k->word) - 2, k->word);
    const char *const q[] = {k->word, k->number, k->code.p, begun};
    for (size_t i = 0; i < ARRAY_LEN(q); i++) {
        assert_int_equal(get(p, "/api/v1/dossiers?q=%s", q[i]), 200);
        if (says(k->code.p) != visible)
            fail_msg("searching %s as %.*s %s at %.*s: %.*s, but may see: %d", q[i], PRS(p->actor.id), role_name(p->grant[0].role), PRS(p->grant[0].unit),
                     PRS(w.answer), visible);
        assert_within_scope(p, "search", NULL);
    }
    assert_int_equal(get(p, "/api/v1/dossiers?q=x&limit=200"), 200); /* the beginning of every word */
    assert_within_scope(p, "search", NULL);
}

/* --- what is asked once a person --- */

static int64_t figure(const char *name)
{
    json_t *o = json_loadb(w.answer.p, w.answer.n, 0, NULL), *f;
    size_t i;
    int64_t n = -1;
    json_array_foreach(json_object_get(o, "figures"), i, f)
        if (strcmp(json_string_value(json_object_get(f, "name")), name) == 0)
            n = json_integer_value(json_object_get(f, "numerator"));
    json_decref(o);
    return n;
}

/* A report tells of no dossier, but its figures stay within the scope, too: of receiving units that one oversees or works in. */
static void assert_reports(const struct person *p)
{
    int64_t wanted = 0;
    for (size_t i = 0; i < w.dossiers; i++) {
        struct str home = w.dossier[i].home;
        bool mine = false;
        for (size_t g = 0; g < p->principal.role_count && !mine; g++) {
            enum role role = p->grant[g].role;
            if (role == ROLE_SYSTEM)
                mine = true;
            if (role == ROLE_CITIZEN || role == ROLE_ADMINISTRATOR || role == ROLE_SYSTEM)
                continue;
            const struct unit *u = unit_at(p->grant[g].unit);
            bool oversight = (role == ROLE_SUPERVISOR || role == ROLE_AUDITOR || role == ROLE_PROCEDURE_CONTROLLER) && u->oversees;
            mine = oversight && u->level == UNIT_CENTRAL ? true
                : oversight && u->level == UNIT_PROVINCE ? str_eq(unit_at(home)->province, u->province) : same_office(home, u->code);
        }
        wanted += mine && !w.dossier[i].d->voided; /* those are counted apart */
    }
    int status = get(p, "/api/v1/reports/volume?from=2026-11-01&to=2026-12-31");
    if (!p->actor.unit.n) {
        assert_int_equal(status, 403);
        return;
    }
    assert_int_equal(status, 200);
    if (figure("submitted") != wanted)
        fail_msg("the report of %.*s %s at %.*s counts %lld, should %lld", PRS(p->actor.id), role_name(p->grant[0].role), PRS(p->grant[0].unit),
                 (long long)figure("submitted"), (long long)wanted);
    assert_within_scope(p, "report", NULL);
}

/* An upload belongs to its uploader, and nobody else learns that it is there. */
static void assert_uploads(const struct person *p)
{
    char body[80], sha[2 * HASH_BYTES + 1];
    snprintf(body, sizeof body, "%%PDF-1.7\nbrought by %s", p->token);
    assert_int_equal(ask(p, "POST", "/api/v1/files?name=a.pdf", "application/pdf", str_of(body)), 201);
    assert_within_scope(p, "upload", NULL);
    struct hash h = SHA256(str_of(body));
    hex_format(h.b, HASH_BYTES, sha);
    for (size_t i = 0; i < w.people; i++)
        assert_int_equal(get(&w.person[i], "/api/v1/files/%s", sha), &w.person[i] == p ? 200 : 404);
}

static void assert_nobody_looks_up(const struct person *p)
{
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/procedures?q=x", "/api/v1/procedures/1.001193",
                                        "/api/v1/territories", "/api/v1/territories/30307/successors", "/api/v1/units"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(get(p, "%s", paths[i]), 200);
        assert_within_scope(p, paths[i], NULL);
    }
}

/* --- */

static void begin(struct fixture *f)
{
    struct fail fail = {0};
    char dir[300];
    memset(&w.room, 0, sizeof w.room);
    w.now = 1795575600000; /* 2026-11-25T10:00:00+07:00 */
    w.seed = 20261121;
    w.room.store = f->store;
    struct key master = {{9}};
    w.room.keyring = keyring_from_master(&master);
    w.room.keyring.rehearsal = true;
    atomic_store(&w.room.rules, &w.rules);
    assert_int_equal(engine_room_start(&w.room, 1, NULL, NULL), ERR_OK);
    snprintf(dir, sizeof dir, "%s/files", f->folder);
    assert_int_equal(file_store_open(&(struct file_store_config){.dir = dir, .writer = w.room.writer, .wrap = w.room.keyring.wrap, .max_bytes = 1 << 20},
                                     &w.files, &fail), ERR_OK);
    make_dossiers();
    cast();
    w.api = api_new(&w.room, NULL, w.files);
    static const struct http_listen listen = {"127.0.0.1", 0};
    static struct http_config config;
    config = (struct http_config){.listen = &listen, .listen_count = 1, .class = {[ROUTE_READ] = {2, 64}, [ROUTE_COMMAND] = {1, 64}, [ROUTE_UPLOAD] = {1, 8}, [ROUTE_ADMIN] = {1, 8}},
                                  .worker_open = face_worker_open, .worker_close = face_worker_close, .enter = enter, .ready = face_ready};
    assert_int_equal(http_server_start(&config, api_routes, api_route_count, w.api, &w.server, &fail), ERR_OK);
    connect_again();
}

static void end(void)
{
    close(w.socket);
    assert_int_equal(http_server_stop(&w.server, 5000), ERR_OK);
    writer_stop(&w.room.writer);
    api_free(&w.api);
    file_store_close(&w.files);
}

static void test_no_path_leads_out_of_the_scope(void **state)
{
    struct fixture *f = fixture_of(state);
    begin(f);
    size_t visible = 0;
    for (size_t i = 0; i < w.people; i++) {
        const struct person *p = &w.person[i];
        for (size_t d = 0; d < w.dossiers; d++) {
            visible += may_see(p, &w.dossier[d]);
            for (size_t r = 0; r < api_route_count; r++)
                about_one(p, &w.dossier[d], &api_routes[r]);
            if (d % 3 == i % 3)
                assert_searches(p, &w.dossier[d]);
        }
        assert_lists(p);
        assert_reports(p);
        if (i % 5 == 0)
            assert_uploads(p);
        assert_nobody_looks_up(p);
    }
    if (visible < w.people * w.dossiers / 10 || visible > w.people * w.dossiers * 9 / 10)
        fail_msg("too tame: %zu of %zu pairs are visible", visible, w.people * w.dossiers);
    end();
}

/* Without a token nothing but the public routes answers, and they tell of no person. */
static void test_without_a_token_only_what_is_public_answers(void **state)
{
    struct fixture *f = fixture_of(state);
    begin(f);
    for (size_t r = 0; r < api_route_count; r++) {
        const struct route *route = &api_routes[r];
        char path[300];
        const char *open = strchr(route->pattern, '{'), *close = open ? strchr(open, '}') : NULL;
        const struct known *k = &w.dossier[r % w.dossiers];
        snprintf(path, sizeof path, "%.*s%s%s", open ? (int)(open - route->pattern) : 250, route->pattern, open ? k->code.p : "", close ? close + 1 : "");
        int status = ask(NULL, route->method == HTTP_POST ? "POST" : "GET", path, "application/json", route->method == HTTP_POST ? STR("{}") : STR_NONE);
        if ((route->access != ROUTE_PUBLIC) != (status == 401))
            fail_msg("%s without a token: %d", path, status);
        assert_within_scope(NULL, path, k);
    }
    end();
}

static int load(void **state)
{
    struct fail f = {0};
    (void)state;
    crypto_start();
    w.a = arena_new();
    w.buffer = malloc(ANSWER_BYTES_MAX);
    return rules_load(w.a, &dataset_source_built_in, STR(""), true, &w.rules, &f) || !w.buffer ? -1 : 0;
}

static int unload(void **state)
{
    (void)state;
    arena_free(&w.a);
    free(w.buffer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {BOTH_ENGINES(test_no_path_leads_out_of_the_scope), BOTH_ENGINES(test_without_a_token_only_what_is_public_answers)};
    return cmocka_run_group_tests(tests, load, unload);
}
