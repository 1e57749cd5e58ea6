/* Generations of rules: readers hold what they began with, the last one frees it, and nobody reads what was freed (run under ASan and TSan). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

/* A generation that says in two places which one it is: torn or freed memory shows. */
static void publish(struct engine_room *room, int no)
{
    struct generation *g = generation_new(room);
    char text[20];
    snprintf(text, sizeof text, "%d", no);
    generation_rules(g)->province = str_dup(generation_arena(g), str_of(text));
    generation_rules(g)->rehearsal = no % 2;
    rules_publish(room, g);
}

static bool sound(const struct rules *r)
{
    int64_t no;
    return str_to_i64(r->province, &no) && r->rehearsal == (no % 2 != 0) && r->number == (uint64_t)no;
}

static void test_a_reader_keeps_the_generation_that_it_began_with(void **state)
{
    (void)state;
    struct engine_room room = {0};
    assert_null(rules_hold(&room));
    publish(&room, 1);
    const struct rules *first = rules_hold(&room);
    struct arena *request = arena_new();
    publish(&room, 2);
    const struct rules *second = rules_for(&room, request);
    assert_true(sound(first) && str_is(first->province, "1") && str_is(second->province, "2"));
    assert_int_equal(room.generations, 2);
    rules_release(first);
    assert_int_equal(room.generations, 1);
    publish(&room, 3);
    assert_true(sound(second));
    assert_int_equal(room.generations, 2);
    arena_reset(request);
    assert_int_equal(room.generations, 1);
    rules_publish(&room, NULL);
    assert_null(rules_hold(&room));
    assert_int_equal(room.generations, 0);
    arena_free(&request);
}

static void test_rules_that_nobody_counts_are_left_alone(void **state)
{
    (void)state;
    static const struct rules own = {.rehearsal = true};
    struct engine_room room = {0};
    struct arena *a _arena_ = arena_new();
    room.rules = &own;
    assert_ptr_equal(rules_for(&room, a), &own);
    const struct rules *held = rules_hold(&room);
    rules_release(held);
    publish(&room, 1);
    assert_int_equal(room.generations, 1);
    rules_publish(&room, NULL);
}

static void test_a_generation_that_is_not_finished_goes_with_its_maker(void **state)
{
    (void)state;
    struct engine_room room = {0};
    {
        struct generation *g _generation_ = generation_new(&room);
        assert_int_equal(room.generations, 1);
        assert_ptr_equal(generation_rules(g)->generation, g);
    }
    assert_int_equal(room.generations, 0);
}

struct load {
    struct engine_room *room;
    atomic_bool stop;
    atomic_long read, wrong;
};

static void *reader(void *arg)
{
    struct load *l = arg;
    struct arena *a = arena_new();
    for (long n = 0; !atomic_load(&l->stop); n++) {
        const struct rules *r = n % 2 ? rules_hold(l->room) : rules_for(l->room, a);
        atomic_fetch_add(&l->wrong, !sound(r));
        atomic_fetch_add(&l->read, 1);
        if (n % 2)
            rules_release(r);
        if (n % 16 == 0)
            arena_reset(a); /* a request that lasted while others came and went */
    }
    arena_free(&a);
    return NULL;
}

static void test_nobody_reads_what_was_freed_while_rules_are_reloaded(void **state)
{
    (void)state;
    enum { READERS = 4, RELOADS = 3000 };
    struct engine_room room = {0};
    struct load l = {.room = &room};
    pthread_t t[READERS];
    publish(&room, 1);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, reader, &l), 0);
    for (int no = 2; no < RELOADS; no++) {
        publish(&room, no);
        if (no % 64 == 0)
            while (atomic_load(&l.read) < no) /* readers come to their turn on two cores */
                sched_yield();
    }
    atomic_store(&l.stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(l.wrong, 0);
    assert_true(l.read > 0);
    assert_int_equal(room.generations, 1);
    rules_publish(&room, NULL);
    assert_int_equal(room.generations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reader_keeps_the_generation_that_it_began_with),
        cmocka_unit_test(test_rules_that_nobody_counts_are_left_alone),
        cmocka_unit_test(test_a_generation_that_is_not_finished_goes_with_its_maker),
        cmocka_unit_test(test_nobody_reads_what_was_freed_while_rules_are_reloaded),
    };
    return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
