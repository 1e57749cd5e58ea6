/* Properties of parties over random commands, against a plain reading of the events: no circle, one bearer a number a day, the same person
 * found from each of her streams, and a replay that agrees. */
#include "domain/party/party_test.h"

enum { PEOPLE_MAX = 40, ROUNDS = 40, COMMANDS_A_ROUND = 12 };

static const char *const units[] = {"91", "30292", "30307"};
static const char *const numbers[][2] = {{"personal_number", "099190000001"}, {"personal_number", "099190000002"}, {"personal_number", "099190000003"},
                                         {"passport", "P1111111"}, {"passport", "P2222222"}};

struct play {
    struct world *w;
    uint64_t seed;
    struct party_ref people[PEOPLE_MAX];
    size_t n;
    int done, merged, taken;
};

static uint64_t pick(struct play *p, uint64_t n) { return draw(&p->seed) % n; }

static const char *some_day(struct play *p) { return str_c(p->w->a, str_printf(p->w->a, "2026-11-%02d", (int)(1 + pick(p, 28)))); }

static enum err random_command(struct play *p)
{
    struct world *w = p->w;
    const char *const *number = numbers[pick(p, ARRAY_LEN(numbers))];
    struct party_ref one = p->n ? p->people[pick(p, p->n)] : NEW_IN_91, other = p->n ? p->people[pick(p, p->n)] : NEW_IN_91;
    switch (p->n < 4 ? 0 : pick(p, 12)) {
    case 0: case 1: {
        if (p->n == PEOPLE_MAX)
            return ERR_OK;
        struct party_ref fresh = {str_of(units[pick(p, ARRAY_LEN(units))]), {{0}}};
        enum err e = pick(p, 3) ? give(w, fresh, "party_register", "{'kind': 'person', 'name': 'An', 'id_type': '%s', 'id_number': '%s'}", number[0], number[1])
                                : give(w, fresh, "party_register", "{'kind': 'person', 'name': 'An'}");
        if (!e)
            p->people[p->n++] = made(w);
        return e;
    }
    case 2:
        return give(w, one, "party_identify", "{'id_type': '%s', 'id_number': '%s', 'basis': 'b'}", number[0], number[1]);
    case 3:
        return give(w, one, "party_identify", "{'id_type': '%s', 'id_number': '%s', 'basis': 'b', 'valid_from': '%s'}", number[0], number[1], some_day(p));
    case 4: case 5:
        return give(w, one, "party_end_identifier", "{'id_type': '%s', 'id_number': '%s', 'reason': 'r', 'valid_to': '%s'}", number[0], number[1], some_day(p));
    case 6:
        return give(w, one, "party_end_identifier", "{'id_type': '%s', 'id_number': '%s', 'reason': 'r', 'never': true}", number[0], number[1]);
    case 7: case 8: case 9:
        return merge(w, one, other);
    case 10:
        return give(w, one, "party_unmerge", "{'reason': 'r', 'approver': 'staff:lan'}");
    default:
        if (pick(p, 6) == 0)
            return give(w, one, "party_erase", "{'basis': 'b', 'decision': 'd'}");
        return give(w, one, pick(p, 3) ? "party_link" : "party_unlink",
                    "{'dossier_home': '91', 'dossier': '01900000-0000-7000-8000-00000000000%d', 'place': 0, 'seq': 1, 'role': 'owner', 'declared': {'name': '%s'}}",
                    (int)pick(p, 5), pick(p, 2) ? "An" : "Ân Ái");
    }
}

/* --- a plain reading of the events --- */

static size_t index_of(const struct play *p, struct id id)
{
    for (size_t i = 0; i < p->n; i++)
        if (id_eq(p->people[i].id, id))
            return i;
    fail_msg("an event of a stream that nobody made");
    return 0;
}

static void read_pointers(struct play *p, size_t into[PEOPLE_MAX])
{
    struct rows r _rows_ = {0};
    for (size_t i = 0; i < p->n; i++)
        into[i] = i;
    assert_int_equal(db_raw_query(p->w->db, &r, "SELECT stream, type, payload FROM event WHERE type IN ('party.merged', 'party.unmerged') ORDER BY stream, seq"), ERR_OK);
    while (rows_next(&r)) {
        struct id id, to;
        memcpy(id.b, row_str(&r, 0).p, ID_BYTES);
        size_t i = index_of(p, id);
        if (str_is(row_str(&r, 1), "party.unmerged")) {
            into[i] = i;
            continue;
        }
        json_t *o = json_loadb(row_str(&r, 2).p, row_str(&r, 2).n, 0, NULL);
        assert_true(id_parse(get_s(o, "into"), &to));
        into[i] = index_of(p, to);
        json_decref(o);
    }
    assert_int_equal(rows_end(&r), ERR_OK);
}

static size_t root(const struct play *p, const size_t into[PEOPLE_MAX], size_t i)
{
    for (size_t steps = 0; into[i] != i; steps++, i = into[i])
        if (steps > p->n)
            fail_msg("a circle of merges");
    return i;
}

static void compare(struct play *p)
{
    struct world *w = p->w;
    size_t into[PEOPLE_MAX];
    read_pointers(p, into);
    for (size_t i = 0; i < p->n; i++) {
        struct party_ref *refs;
        size_t n, expected = 0, r = root(p, into, i);
        assert_int_equal(party_group(w->db, w->a, p->people[i], &refs, &n), ERR_OK);
        assert_true(same_ref(refs[0], p->people[r]));
        for (size_t k = 0; k < p->n; k++)
            expected += root(p, into, k) == r;
        assert_int_equal(n, expected);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(root(p, into, index_of(p, refs[k].id)), r);
    }
    /* On no day do two rows of one number hold; so no two survivors bear it either. */
    assert_int_equal(fixture_int(w->f, "SELECT COUNT(*) FROM party_identifier a JOIN party_identifier b ON a.hash = b.hash AND (a.home_unit <> b.home_unit OR a.id <> b.id"
                                       " OR a.no <> b.no) WHERE a.valid_from < a.valid_to AND b.valid_from < b.valid_to AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to"), 0);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct party_ref *refs, bearer;
        size_t n;
        assert_int_equal(parties_of_number(&w->room->keyring, w->db, w->a, str_of(numbers[i][1]), &refs, &n), ERR_OK);
        enum err e = party_find(&w->room->keyring, w->db, w->a, str_of(numbers[i][0]), str_of(numbers[i][1]), time_local_day(w->now) + 36500, &bearer);
        assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
        if (e)
            continue; /* nobody bears it now; `refs` are those of the last who did */
        assert_true(n > 0 && same_ref(refs[0], p->people[root(p, into, index_of(p, bearer.id))]));
    }
}

static struct str saved(struct world *w, const struct party *s)
{
    struct buf b _buf_ = BUF_MAX(1 << 20);
    party_save(&b, s);
    return str_dup(w->a, buf_view(&b));
}

/* The snapshot is what the events fold to, whether their key is there or not. */
static void compare_with_fold(struct play *p)
{
    struct world *w = p->w;
    for (size_t i = 0; i < p->n; i++) {
        struct party live, folded;
        int64_t seq, again;
        assert_int_equal(stream_load(&party_aggregate, &w->room->keyring, w->db, w->a, p->people[i].home_unit, p->people[i].id, INT64_MAX, &live, &seq), ERR_OK);
        assert_int_equal(stream_load(&party_aggregate, &w->room->keyring, w->db, w->a, p->people[i].home_unit, p->people[i].id, seq, &folded, &again), ERR_OK);
        assert_true(seq == again && str_eq(saved(w, &live), saved(w, &folded)));
    }
}

static void test_no_sequence_of_commands_makes_a_circle_or_two_bearers(void **state)
{
    WORLD(w, 1);
    struct play *p = ARENA_NEW(w->a, struct play);
    *p = (struct play){.w = w, .seed = 20261123};
    for (int i = 0; i < ROUNDS; i++) {
        for (int j = 0; j < COMMANDS_A_ROUND; j++) {
            enum err e = random_command(p);
            if (e && e != ERR_CONFLICT && e != ERR_INVALID)
                fail_msg("%s %s", err_info(e)->name, w->out.fail.item[0].code);
            const char *code = w->out.fail.n ? w->out.fail.item[0].code : "";
            p->done += e == ERR_OK;
            p->merged += strcmp(code, "party.merge-cycle") == 0;
            p->taken += strcmp(code, "party.identifier-taken") == 0;
        }
        compare(p);
        w->now += (int64_t)pick(p, 3) * MS_DAY;
    }
    assert_true(p->done > 100 && p->merged > 2 && p->taken > 10); /* the rules were put to the test */
    compare_with_fold(p);
    whole(w);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_no_sequence_of_commands_makes_a_circle_or_two_bearers),
    };
    return cmocka_run_group_tests_name("party_properties", tests, load_rules, free_rules);
}
