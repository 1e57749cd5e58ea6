/* From a dossier's declared parties to the streams of persons and organisations: a follower, and its job.
 *
 *   dossier.submitted, corrected, erased ──follower──> job "party-link" ──> for each dossier and place: party_register | party_link, else party_unlink
 *
 * Why a job and not commands in the follower's own transaction: that one writes for many units at once, and a command takes the head of its
 * unit; in a job each command takes its own turn with the writer. Nothing is doubled: a dossier's event is in one job (the cursor), and a
 * command once a (unit, dossier, event, place), its key. A job does not ask which event made it: it brings about what the newest
 * declaration says, and looks at its end whether that is still the newest. So jobs that run late, twice or out of order come to the same.
 * See docs/internals/party.md. */
#include "base/buf.h"
#include "base/log.h"
#include "base/timex.h"
#include "domain/party/party_private.h"
#include <stdio.h>

#define ACTOR "job:party-link"
enum { PAYLOAD_BYTES_MAX = 8192, PASSES_MAX = 5, ROWS_MAX = 4 * PARTIES_MAX };

/* --- follower --- */

static bool wants(void *arg, struct str type)
{
    (void)arg;
    return str_is(type, "dossier.submitted") || str_is(type, "dossier.corrected") || str_is(type, "dossier.erased");
}

/* One job for all that a batch tells of: under load a job a dossier would cost as much as half of its receipt. */
static enum err add_job(void *arg, struct db *db, const struct followed *f, size_t n)
{
    (void)arg;
    const struct event *first = &f[0].event, *last = &f[n - 1].event;
    struct buf text _buf_ = BUF_MAX(PAYLOAD_BYTES_MAX);
    char stream[37], what[60];
    buf_printf(&text, "{\"home\":\"%.*s\",\"streams\":[", PRS(first->home_unit));
    for (size_t i = 0; i < n; i++) {
        id_format(f[i].event.stream, stream);
        buf_printf(&text, "%s\"%s\"", i ? "," : "", stream);
    }
    buf_c(&text, "]}");
    snprintf(what, sizeof what, "%lld %lld", (long long)first->pos, (long long)last->pos);
    return text.overflow ? ERR_TOO_LARGE
                         : job_add(db, first->home_unit, job_id("party-link", first->home_unit, str_of(what)), "party-link", 0 /* at once: no timer */,
                                   buf_view(&text));
}

struct follower party_follower(void) { return (struct follower){.name = "party", .wants = wants, .run_batch = add_job}; }

/* --- the job --- */

/* A row of party_dossier. */
struct standing {
    struct party_ref party;
    int64_t place;
};

struct errand {
    struct engine_room *room;
    struct arena *a;
    struct job *job;
    struct db *db;
    struct str home;
    struct id dossier;
    char dossier_text[37];
    /* The newest declaration; parties NULL: erased. */
    const json_t *parties;
    struct str procedure;
    int64_t seq, day;
    struct standing standing[ROWS_MAX];
    size_t standings;
    struct party_ref settled[PARTIES_MAX]; /* by place; zero id: no stream */
    const char *refused;
};

static enum err read_declared(struct errand *k)
{
    struct key key;
    enum err e = stream_key_load(&k->room->keyring, k->db, k->home, k->dossier, &key);
    bool open = e == ERR_OK;
    k->parties = NULL;
    k->seq = 0;
    if (e && e != ERR_NOT_FOUND)
        return e;
    struct rows r _rows_ = {0};
    e = db_query(k->db, &r, STMT_PARTY_DECLARED, p_text(k->home), p_bytes(id_str(&k->dossier)));
    while (!e && rows_next(&r)) {
        struct event ev;
        struct applied applied;
        event_from_row(&r, &ev);
        e = applied_from(k->a, &k->room->keyring, open ? &key : NULL, &ev, &applied);
        if (e)
            break;
        if (get_s(applied.payload, "procedure").n)
            k->procedure = str_dup(k->a, get_s(applied.payload, "procedure"));
        if (!json_is_array(json_object_get(applied.personal, "parties")))
            continue;
        k->parties = json_object_get(applied.personal, "parties");
        k->seq = ev.seq;
        k->day = time_local_day(ev.at);
    }
    return e ? e : rows_end(&r);
}

static enum err read_standings(struct errand *k)
{
    struct rows r _rows_ = {0};
    k->standings = 0;
    enum err e = db_query(k->db, &r, STMT_PARTY_OF_DOSSIER, p_text(k->home), p_bytes(id_str(&k->dossier)), p_int(ROWS_MAX));
    while (!e && k->standings < ROWS_MAX && rows_next(&r)) {
        struct standing *s = &k->standing[k->standings++];
        *s = (struct standing){{str_dup(k->a, row_str(&r, 0)), {{0}}}, row_i64(&r, 2)};
        memcpy(s->party.id.b, row_str(&r, 1).p, ID_BYTES);
    }
    return e ? e : rows_end(&r);
}

/* --- commands --- */

static void actor_of(struct errand *k, struct actor *out)
{
    struct role_grant *g = ARENA_NEW(k->a, struct role_grant);
    struct principal *p = ARENA_NEW(k->a, struct principal);
    *g = (struct role_grant){ROLE_SYSTEM, STR(""), INT64_MIN, INT64_MAX};
    *p = (struct principal){.actor_id = STR(ACTOR), .unit = k->home, .roles = g, .role_count = 1};
    *out = (struct actor){.id = STR(ACTOR), .unit = k->home, .principal = p};
}

/* The unit of the dossier stands in the key by the actor's unit. A refusal leaves its code in `code_r`. */
static enum err tell(struct errand *k, const char *type, struct party_ref party, int64_t place, json_t *payload, struct outcome *out, const char **code_r)
{
    char of[37] = "";
    if (strcmp(type, "party_unlink") == 0) /* of one place, several may have to go */
        id_format(party.id, of);
    struct command c = {.aggregate = &party_aggregate, .type = str_of(type), .home_unit = party.home_unit, .stream = party.id,
                        .key = str_printf(k->a, "%s %s %lld %lld %s", type, k->dossier_text, (long long)k->seq, (long long)place, of),
                        .payload = arena_json(k->a, payload), .now = k->job->now};
    actor_of(k, &c.actor);
    *out = (struct outcome){0};
    enum err e = command_wait(k->room, k->a, &c, out);
    *code_r = out->err && out->fail.n ? out->fail.item[0].code : "";
    return out->err && err_info(out->err)->http_status < 500 ? ERR_OK : e;
}

static json_t *place_json(const struct errand *k, int64_t place, struct str role)
{
    json_t *o = json_object();
    put_s(o, "dossier_home", k->home);
    put_s(o, "dossier", str_of(k->dossier_text));
    put_i(o, "place", place);
    put_i(o, "seq", k->seq);
    put_s(o, "role", role);
    return o;
}

/* --- one place --- */

static const struct standing *stands_at(const struct errand *k, int64_t place)
{
    for (size_t i = 0; i < k->standings; i++)
        if (k->standing[i].place == place)
            return &k->standing[i];
    return NULL;
}

/* Does the stream that stands there already agree in name and birth date? `bare`: it has no number. */
static enum err compare(struct errand *k, struct party_ref party, const json_t *declared, bool *agrees_r, bool *bare_r)
{
    struct party s;
    int64_t seq;
    enum err e = stream_load(&party_aggregate, &k->room->keyring, k->db, k->a, party.home_unit, party.id, INT64_MAX, &s, &seq);
    if (e)
        return e;
    *agrees_r = *bare_r = !s.erased && !s.into.n;
    for (int f = PARTY_FACT_NAME; f <= PARTY_FACT_BIRTH_DATE; f++) {
        struct str said = party_fact_hash(k->a, &k->room->keyring, party.id, (enum party_fact)f, get_s(declared, party_fact_names[f]));
        *agrees_r &= str_eq(said, s.fact[f]);
    }
    for (size_t i = 0; i < s.identifiers; i++)
        *bare_r &= party_never(&s.identifier[i]);
    return ERR_OK;
}

static bool in_list(struct str list, struct str code)
{
    struct str one;
    while (str_next(&list, ',', &one))
        if (str_eq(str_trim(one), code))
            return true;
    return false;
}

/* A newborn is met before she has a number: owner or subject of a registration of birth, which procedures are a parameter. */
static bool newborn(const struct errand *k, const json_t *declared)
{
    const struct rules *rules = rules_for(k->room, k->a);
    const struct parameter *births = parameter_find(rules->parameters, "birth_procedures", k->day);
    struct str role = get_s(declared, "role");
    return births && str_is(get_s(declared, "kind"), "person") && (str_is(role, "owner") || str_is(role, "subject")) && in_list(births->value, k->procedure);
}

static enum err link_to(struct errand *k, struct party_ref party, int64_t place, const json_t *declared)
{
    struct outcome out = {0};
    const char *code;
    json_t *o = place_json(k, place, get_s(declared, "role")), *said = json_object();
    for (int f = 0; f < PARTY_FACTS; f++)
        if (json_object_get(declared, party_fact_names[f]))
            json_object_set(said, party_fact_names[f], json_object_get(declared, party_fact_names[f]));
    json_object_set_new(o, "declared", said);
    k->settled[place] = party;
    enum err e = tell(k, "party_link", party, place, o, &out, &code);
    if (!e && out.err && strcmp(code, "party.linked-already") != 0)
        k->refused = code;
    return e;
}

/* A stream of her own, first met in this dossier; or somebody else's command was faster, and she is there. */
static enum err register_one(struct errand *k, int64_t place, const json_t *declared)
{
    static const char *const taken[] = {"kind", "name", "birth_date", "sex", "id_type", "id_number", "territory", "address", "phone", "email", "nationality", "ethnicity"};
    struct outcome out = {0};
    const char *code;
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (json_object_get(declared, taken[i]))
            json_object_set(o, taken[i], json_object_get(declared, taken[i]));
    json_object_set_new(o, "dossier", place_json(k, place, get_s(declared, "role")));
    enum err e = tell(k, "party_register", (struct party_ref){k->home, {{0}}}, place, o, &out, &code);
    if (e)
        return e;
    if (!out.err) {
        k->settled[place] = (struct party_ref){k->home, out.stream};
        return ERR_OK;
    }
    struct party_ref found;
    e = strcmp(code, "party.identifier-taken") == 0
        ? party_find(&k->room->keyring, k->db, k->a, get_s(declared, "id_type"), get_s(declared, "id_number"), k->day, &found) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) {
        k->refused = code;
        return ERR_OK;
    }
    return e ? e : link_to(k, found, place, declared);
}

/* The child of an earlier declaration without a number, declared anew with it: the same stream gets it. */
static enum err identify(struct errand *k, struct party_ref party, int64_t place, const json_t *declared)
{
    struct outcome out = {0};
    const char *code;
    json_t *o = json_object();
    put_s(o, "id_type", get_s(declared, "id_type"));
    put_s(o, "id_number", get_s(declared, "id_number"));
    put_s(o, "basis", STR("dossier.corrected")); /* the link that follows says which */
    enum err e = tell(k, "party_identify", party, place, o, &out, &code);
    if (!e && out.err)
        k->refused = code;
    return e ? e : link_to(k, party, place, declared);
}

static enum err settle(struct errand *k, int64_t place, const json_t *declared)
{
    struct str type = get_s(declared, "id_type"), number = get_s(declared, "id_number");
    const struct standing *there = stands_at(k, place);
    struct party_ref found;
    bool agrees = false, bare = false;
    enum err e = ERR_NOT_FOUND;
    if (number.n)
        e = party_find(&k->room->keyring, k->db, k->a, type, number, k->day, &found);
    if (e != ERR_NOT_FOUND)
        return e ? e : link_to(k, found, place, declared);
    e = there ? compare(k, there->party, declared, &agrees, &bare) : ERR_OK;
    if (e)
        return e;
    if (number.n)
        return agrees && bare ? identify(k, there->party, place, declared) : register_one(k, place, declared);
    if (bare || agrees)
        return link_to(k, there->party, place, declared);
    return newborn(k, declared) ? register_one(k, place, declared) : ERR_OK;
}

/* --- all places --- */

/* Whoever was declared before and is not any more. */
static enum err unlink_others(struct errand *k)
{
    enum err e = read_standings(k);
    for (size_t i = 0; i < k->standings && !e; i++) {
        const struct standing *s = &k->standing[i];
        struct outcome out = {0};
        const char *code;
        bool stays = s->place < PARTIES_MAX && (size_t)s->place < json_array_size(k->parties) && id_eq(k->settled[s->place].id, s->party.id);
        if (!stays)
            e = tell(k, "party_unlink", s->party, s->place, place_json(k, s->place, STR("")), &out, &code);
    }
    return e;
}

static enum err one_pass(struct errand *k)
{
    enum err e = read_standings(k);
    const json_t *v;
    size_t i;
    memset(k->settled, 0, sizeof k->settled);
    json_array_foreach(k->parties, i, v) {
        if (!e && i < PARTIES_MAX)
            e = settle(k, (int64_t)i, v);
    }
    return e ? e : unlink_others(k);
}

static enum err until_settled(struct errand *k, bool *settled_r)
{
    enum err e = read_declared(k);
    *settled_r = false;
    for (int i = 0; i < PASSES_MAX && !e && !*settled_r; i++) {
        int64_t seq = k->seq;
        e = one_pass(k);
        if (!e)
            e = read_declared(k);
        *settled_r = k->seq == seq;
    }
    return e;
}

/* One dossier. A refusal stays in k->refused: one party was refused, the others stand, and a person must look. */
static enum err link_one(struct errand *k, bool *settled_r)
{
    enum err e = until_settled(k, settled_r);
    if (k->refused)
        log_line(LOG_WARN, "party.refused", "unit=%.*s dossier=%s code=%s", PRS(k->home), k->dossier_text, k->refused);
    return e;
}

static enum job_end run(void *arg, struct arena *a, struct job *j)
{
    struct engine_room *room = arg;
    struct db *db _db_ = NULL;
    const json_t *told = arena_json(a, json_loadb(j->payload.p, j->payload.n, 0, NULL)), *v;
    struct str home = str_dup(a, get_s(told, "home"));
    const char *refused = NULL;
    size_t i;
    bool settled = true;
    enum err e = home.n ? db_open(room->store, DB_READ, &db) : ERR_CORRUPT;
    json_array_foreach(json_object_get(told, "streams"), i, v) {
        struct arena *own _arena_ = arena_new();
        struct errand *k = ARENA_NEW(own, struct errand);
        bool mine = false;
        *k = (struct errand){.room = room, .a = own, .job = j, .db = db, .home = home, .procedure = STR("")};
        if (!e && !id_parse(str_of(json_string_value(v) ? json_string_value(v) : ""), &k->dossier))
            e = ERR_CORRUPT;
        if (e)
            break;
        id_format(k->dossier, k->dossier_text);
        e = link_one(k, &mine);
        settled = settled && mine;
        refused = k->refused ? k->refused : refused;
    }
    if (e == ERR_CORRUPT)
        return JOB_HOPELESS;
    if (e || !settled) {
        j->problem = e ? "party.store" : "party.changing";
        j->problem_number = e;
        return JOB_FAILED;
    }
    j->problem = refused;
    return refused ? JOB_HOPELESS : JOB_DONE;
}

struct job_kind party_link_job(struct engine_room *room)
{
    return (struct job_kind){.name = "party-link", .run = run, .arg = room, .running_max = 1};
}
