/* The cache of ready principals under threads and time, and properties over random commands: rights against a plain reading of the events. */
#include "domain/staff/staff_test.h"

/* --- the cache --- */

static enum err cached(struct world *w, struct principal_cache *c, const char *token, struct actor *out)
{
    w->fail = (struct fail){0};
    return principal_cache_token(c, w->db, &w->room.keyring, &rules, w->a, str_of(token), w->now, out, &w->fail);
}

static void test_a_cached_principal_lives_two_seconds_and_is_forgotten_at_once(void **state) /* */
{
    WORLD(w);
    struct principal_cache *c = principal_cache_new();
    struct actor who, first;
    char token[64], other[64], brief[64];
    register_one(w, "30292", "an", "person");
    register_one(w, "30292", "robot", "machine");
    assert_int_equal(grant(w, "an", "clerk", "30292", 0, 0), ERR_OK);
    assert_int_equal(issue(w, "an", "clerk", "30292", 0, token), ERR_OK);
    assert_int_equal(issue(w, "robot", "officer", "91.STP", 0, other), ERR_OK);
    assert_int_equal(issue(w, "robot", "officer", "91.STP", w->now + 500, brief), ERR_OK);
    assert_false(principal_cache_get(c, w->a, str_of(token), w->now, &who));
    assert_int_equal(cached(w, c, token, &first), ERR_OK);
    assert_int_equal(cached(w, c, other, &who), ERR_OK);
    assert_int_equal(cached(w, c, brief, &who), ERR_OK);
    int64_t t0 = w->now;
    assert_true(principal_cache_get(c, w->a, str_of(token), t0 + PRINCIPAL_CACHE_TTL_MS, &who));
    assert_true(str_eq(who.id, first.id) && str_eq(who.unit, first.unit) && who.audiences == first.audiences && str_eq(who.audience[0], first.audience[0]));
    assert_true(who.id.p != first.id.p && who.principal != first.principal);
    assert_int_equal(roles_over(rules.org, who.principal, STR("30292"), STR(""), t0), ROLE_BIT(ROLE_CLERK));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0 + PRINCIPAL_CACHE_TTL_MS + 1, &who));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0 - 1, &who)); /* a clock that went back */
    assert_true(principal_cache_get(c, w->a, str_of(brief), t0 + 499, &who));
    assert_false(principal_cache_get(c, w->a, str_of(brief), t0 + 500, &who)); /* never past the token's own end */
    principal_cache_forget(c, STR("staff:an"));
    assert_false(principal_cache_get(c, w->a, str_of(token), t0, &who));
    assert_true(principal_cache_get(c, w->a, str_of(other), t0, &who));
    principal_cache_forget(c, STR(""));
    assert_false(principal_cache_get(c, w->a, str_of(other), t0, &who));
    /* Refusals are not kept. */
    assert_int_equal(by_system(w, "an", "staff_deactivate", json_pack("{ss}", "reason", "nghỉ")), ERR_OK);
    assert_int_equal(cached(w, c, token, &who), ERR_UNAUTHORISED);
    assert_false(principal_cache_get(c, w->a, str_of(token), t0, &who));
    principal_cache_free(&c);
    world_close(w);
}

enum { CROWD = 4 };
struct member {
    struct world *w;
    struct principal_cache *c;
    char (*tokens)[64];
    size_t n;
    atomic_bool *over;
    int wrong;
};

static void *ask(void *arg)
{
    struct member *m = arg;
    struct db *db _db_ = NULL;
    struct arena *a _arena_ = arena_new();
    if (db_open(m->w->f->store, DB_READ, &db))
        m->wrong++;
    for (uint64_t i = 0; !m->wrong && !atomic_load(m->over); i++) {
        struct actor who;
        struct fail f = {0};
        size_t t = i % m->n;
        enum err e = principal_cache_token(m->c, db, &m->w->room.keyring, &rules, a, str_of(m->tokens[t]), m->w->now, &who, &f);
        char unit = (char)('0' + t);
        m->wrong += e || who.audiences != 1 || who.principal->role_count != 1 || who.id.p[who.id.n - 1] != unit;
        if (i % 64 == 0)
            arena_reset(a);
    }
    return NULL;
}

static void test_threads_share_the_cache(void **state)
{
    WORLD(w);
    struct principal_cache *c = principal_cache_new();
    char tokens[6][64];
    atomic_bool over = false;
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        char login[20];
        snprintf(login, sizeof login, "robot%zu", i);
        register_one(w, "30292", login, "machine");
        assert_int_equal(issue(w, login, "clerk", "30292", 0, tokens[i]), ERR_OK);
    }
    struct member m[CROWD];
    pthread_t thread[CROWD];
    for (size_t i = 0; i < CROWD; i++) {
        m[i] = (struct member){w, c, tokens, ARRAY_LEN(tokens), &over, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, ask, &m[i]), 0);
    }
    for (int i = 0; i < 200; i++) {
        principal_cache_forget(c, i % 2 ? STR("") : STR("machine:robot3"));
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(m[i].wrong, 0);
    }
    principal_cache_free(&c);
    world_close(w);
}

/* --- properties --- */

struct fact {
    struct id stream;
    struct str type;
    const json_t *payload;
};
enum { FACTS_MAX = 1000 };

static size_t read_facts(struct world *w, struct fact *facts)
{
    struct rows r _rows_ = {0};
    size_t n = 0;
    assert_int_equal(db_raw_query(w->db, &r, "SELECT stream, type, payload FROM event ORDER BY stream, seq"), ERR_OK);
    while (rows_next(&r) && n < FACTS_MAX) {
        facts[n] = (struct fact){.type = str_dup(w->a, row_str(&r, 1))};
        memcpy(facts[n].stream.b, row_str(&r, 0).p, ID_BYTES);
        facts[n++].payload = arena_json(w->a, json_loadb(row_str(&r, 2).p, row_str(&r, 2).n, 0, NULL));
    }
    assert_int_equal(rows_end(&r), ERR_OK);
    return n;
}

static bool same(const json_t *a, const char *key_a, const json_t *b, const char *key_b)
{
    return strcmp(json_string_value(json_object_get(a, key_a)), json_string_value(json_object_get(b, key_b))) == 0;
}
static int64_t number(const json_t *o, const char *key) { return json_integer_value(json_object_get(o, key)); }

/* What the events say by themselves, read as slowly and plainly as can be: is this role in this unit held at `t`? */
static bool held(const struct fact *facts, size_t n, struct id who, const char *role, const char *unit, int64_t t)
{
    for (size_t i = 0; i < n; i++) {
        bool grant = str_is(facts[i].type, "staff.granted"), delegated = str_is(facts[i].type, "staff.delegated");
        const json_t *p = facts[i].payload;
        if (!id_eq(facts[i].stream, who) || (!grant && !delegated) || strcmp(json_string_value(json_object_get(p, "role")), role) != 0
            || strcmp(json_string_value(json_object_get(p, grant ? "unit" : "from_unit")), unit) != 0 || number(p, "from") > t
            || (number(p, "to") && number(p, "to") <= t))
            continue;
        bool ended = false;
        for (size_t j = i + 1; j < n && id_eq(facts[j].stream, who); j++) {
            const json_t *q = facts[j].payload;
            if (grant && str_is(facts[j].type, "staff.revoked") && same(p, "role", q, "role") && same(p, "unit", q, "unit"))
                ended |= number(q, "ended_at") <= t;
            if (delegated && str_is(facts[j].type, "staff.delegation_ended") && same(p, "decision", q, "ended_decision"))
                ended |= number(q, "ended_at") <= t;
        }
        if (!ended)
            return true;
    }
    return false;
}

static bool active(const struct fact *facts, size_t n, struct id who)
{
    bool is = false;
    for (size_t i = 0; i < n; i++)
        if (id_eq(facts[i].stream, who) && json_object_get(facts[i].payload, "active"))
            is = number(facts[i].payload, "active");
    return is;
}

static bool token_alive(const struct fact *facts, size_t n, struct id who, const char *hash, int64_t t)
{
    bool is = false;
    for (size_t i = 0; i < n; i++) {
        const json_t *p = facts[i].payload;
        const char *h = json_string_value(json_object_get(p, "hash"));
        if (!id_eq(facts[i].stream, who))
            continue;
        if (str_is(facts[i].type, "staff.token_issued") && strcmp(h, hash) == 0)
            is = t < number(p, "expires_at");
        if (str_is(facts[i].type, "staff.deactivated") || (str_is(facts[i].type, "staff.token_revoked") && strcmp(h, hash) == 0))
            is = false;
    }
    return is;
}

static const char *const some_logins[] = {"an", "binh", "robot"}, *const some_roles[] = {"clerk", "officer", "leader"},
                        *const some_units[] = {"30292", "91.STP"}, *const some_decisions[] = {"1/QĐ", "2/QĐ"};
enum { TOKENS_TRIED = 60 };
struct tried {
    char text[64], hash[65];
    const char *login, *role, *unit;
};

static void random_command(struct world *w, uint64_t *seed, struct tried *tokens, size_t *n)
{
    const char *login = some_logins[draw(seed) % ARRAY_LEN(some_logins)], *role = some_roles[draw(seed) % ARRAY_LEN(some_roles)],
               *unit = some_units[draw(seed) % ARRAY_LEN(some_units)], *decision = some_decisions[draw(seed) % ARRAY_LEN(some_decisions)];
    int64_t from = draw(seed) % 2 ? w->now + (int64_t)(draw(seed) % 5) * MS_HOUR : 0, to = w->now + (int64_t)(1 + draw(seed) % 9) * MS_HOUR;
    enum err e = ERR_OK;
    switch (draw(seed) % 10) {
    case 0: case 1:
        e = grant(w, login, role, unit, from, draw(seed) % 3 ? to : 0);
        break;
    case 2:
        e = by_system(w, login, "staff_revoke", json_pack("{ssssss}", "role", role, "unit", unit, "reason", "r"));
        break;
    case 3: case 4:
        e = by_system(w, login, "staff_delegate",
                      with_time(w, with_time(w, json_pack("{ssssss}", "role", role, "from_unit", unit, "decision", decision), "from", from), "to", to));
        break;
    case 5:
        e = by_system(w, login, "staff_end_delegation", json_pack("{ss}", "decision", decision));
        break;
    case 6: case 7: {
        struct hash h;
        struct tried *t = &tokens[*n];
        if (*n == TOKENS_TRIED)
            break;
        e = issue(w, login, role, unit, draw(seed) % 2 ? to : 0, t->text);
        assert_true(token_hash(str_of(t->text), &h));
        hex_format(h.b, sizeof h.b, t->hash);
        t->login = login, t->role = role, t->unit = unit;
        *n += e == ERR_OK;
        break;
    }
    case 8:
        if (*n)
            e = by_system(w, login, "token_revoke", json_pack("{ssss}", "hash", tokens[draw(seed) % *n].hash, "reason", "r"));
        break;
    default:
        e = by_system(w, login, draw(seed) % 3 ? "staff_reactivate" : "staff_deactivate", json_pack("{ss}", "reason", "r"));
    }
    if (e && e != ERR_CONFLICT && e != ERR_INVALID)
        fail_msg("%s %s", err_info(e)->name, w->fail.item[0].code);
}

/* Every account and token, at this moment, against the events alone. */
static void compare_with_facts(struct world *w, const struct fact *facts, size_t n, const struct tried *tokens, size_t tokens_n)
{
    struct actor who;
    struct str home;
    struct id id;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++) {
        assert_int_equal(staff_find(w->db, w->a, str_of(some_logins[l]), &home, &id), ERR_OK);
        assert_int_equal(person(w, some_logins[l], &who), active(facts, n, id) ? ERR_OK : ERR_UNAUTHORISED);
        for (size_t r = 0; r < ARRAY_LEN(some_roles) && who.principal; r++)
            for (size_t u = 0; u < ARRAY_LEN(some_units); u++) {
                enum role role;
                assert_true(role_parse(str_of(some_roles[r]), &role));
                bool has = roles_over(rules.org, who.principal, str_of(some_units[u]), STR(""), w->now) & ROLE_BIT(role);
                assert_int_equal(has, held(facts, n, id, some_roles[r], some_units[u], w->now));
            }
    }
    for (size_t i = 0; i < tokens_n; i++) {
        const struct tried *t = &tokens[i];
        struct staff s;
        int64_t seq;
        assert_int_equal(staff_find(w->db, w->a, str_of(t->login), &home, &id), ERR_OK);
        assert_int_equal(stream_load(&staff_aggregate, &w->room.keyring, w->db, w->a, home, id, INT64_MAX, &s, &seq), ERR_OK);
        bool listed = false; /* the state by itself says the same, whatever the table of tokens says */
        for (size_t k = 0; k < s.tokens; k++)
            listed |= str_is(s.token[k].hash, t->hash) && !s.token[k].revoked_at && w->now < s.token[k].expires_at;
        assert_int_equal(listed, token_alive(facts, n, id, t->hash, w->now));
        bool alive = active(facts, n, id) && token_alive(facts, n, id, t->hash, w->now);
        bool has = strcmp(t->login, "robot") == 0 || held(facts, n, id, t->role, t->unit, w->now);
        assert_int_equal(bearer(w, t->text, &who), !alive ? ERR_UNAUTHORISED : has ? ERR_OK : ERR_FORBIDDEN);
        if (who.principal) {
            enum role role;
            assert_true(role_parse(str_of(t->role), &role));
            assert_int_equal(roles_now(w, &who), ROLE_BIT(role));
            assert_int_equal(roles_over(rules.org, who.principal, str_of(t->unit), STR(""), w->now), ROLE_BIT(role));
            assert_true(str_is(who.unit, t->unit));
        }
    }
}

static struct str saved(struct world *w, const struct staff *s)
{
    struct buf b _buf_ = BUF_MAX(1 << 20);
    staff_aggregate.save(&b, s);
    return str_dup(w->a, buf_view(&b));
}

/* The snapshot is what the events fold to, the projections too, and the chains hold. */
static void compare_with_replay(struct world *w)
{
    static const struct aggregate *const kinds[] = {&staff_aggregate};
    struct replay_report *report = calloc(1, sizeof *report);
    struct verify_report verified;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++) {
        struct staff live, folded;
        struct str home;
        struct id id;
        int64_t seq, again;
        assert_int_equal(staff_find(w->db, w->a, str_of(some_logins[l]), &home, &id), ERR_OK);
        assert_int_equal(stream_load(&staff_aggregate, &w->room.keyring, w->db, w->a, home, id, INT64_MAX, &live, &seq), ERR_OK);
        assert_int_equal(stream_load(&staff_aggregate, &w->room.keyring, w->db, w->a, home, id, seq, &folded, &again), ERR_OK);
        assert_true(seq == again && str_eq(saved(w, &live), saved(w, &folded)));
    }
    assert_int_equal(replay_run(w->f->store, &w->room.keyring, kinds, ARRAY_LEN(kinds), report, stderr), ERR_OK);
    assert_int_equal(report->differences, 0);
    assert_true(report->rows > 0);
    assert_int_equal(ledger_verify(w->f->store, &verified), ERR_OK);
    assert_false(verified.fault);
    free(report);
}

static void test_no_sequence_of_commands_gives_a_role_that_no_event_grants(void **state) /* */
{
    WORLD(w);
    uint64_t seed = 20261121;
    static struct fact facts[FACTS_MAX];
    static struct tried tokens[TOKENS_TRIED];
    size_t issued = 0;
    int rounds = w->f->engine == ENGINE_SQLITE ? 60 : 40;
    for (size_t l = 0; l < ARRAY_LEN(some_logins); l++)
        register_one(w, "30292", some_logins[l], strcmp(some_logins[l], "robot") == 0 ? "machine" : "person");
    for (int i = 0; i < rounds; i++) {
        for (int j = 0; j < 8; j++)
            random_command(w, &seed, tokens, &issued);
        size_t n = read_facts(w, facts);
        int64_t now = w->now;
        for (int j = 0; j < 3; j++) {
            compare_with_facts(w, facts, n, tokens, issued);
            w->now += (int64_t)(draw(&seed) % 5) * MS_HOUR; /* and what the same events mean later */
        }
        w->now = now + (int64_t)(draw(&seed) % 3) * MS_HOUR;
    }
    assert_true(issued > 5);
    compare_with_replay(w);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_cached_principal_lives_two_seconds_and_is_forgotten_at_once),
        BOTH_ENGINES(test_threads_share_the_cache),
        BOTH_ENGINES(test_no_sequence_of_commands_gives_a_role_that_no_event_grants),
    };
    return cmocka_run_group_tests_name("staff_properties", tests, load_rules, free_rules);
}
