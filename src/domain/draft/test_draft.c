#include "domain/draft/draft.h"
#include "support/store_fixture.h"
#include "support/toy.h"

#define NOW 1795000000000LL
#define MONTH (30LL * 86400 * 1000)

struct desk {
    struct engine_room *room;
    struct db *db;
    struct arena *a;
    struct fail f;
};

static void open_desk(struct desk *d, void **state)
{
    struct fixture *f = fixture_of(state);
    *d = (struct desk){.a = arena_new()};
    d->room = toy_room(f->store, 1, NULL);
    assert_int_equal(db_open(f->store, DB_READ, &d->db), ERR_OK);
}

static void close_desk(struct desk *d)
{
    db_close(&d->db);
    arena_free(&d->a);
    toy_room_close(&d->room);
}

static struct draft begin(struct desk *d, const char *owner, const char *words, int64_t now)
{
    struct draft x = {.owner = str_of(owner), .data = arena_json(d->a, json_pack("{ss}", "words", words))};
    assert_int_equal(draft_begin(d->room->writer, &d->room->keyring, &x, now, now + MONTH, &d->f), ERR_OK);
    return x;
}

static enum err load(struct desk *d, const char *owner, struct id id, int64_t now, struct draft *out)
{
    d->f = (struct fail){0};
    return draft_load(&d->room->keyring, d->db, d->a, str_of(owner), id, now, out, &d->f);
}

static void test_a_draft_is_found_by_its_owner_alone(void **state)
{
    struct desk d;
    struct draft x, y;
    open_desk(&d, state);
    x = begin(&d, "citizen:1", "Nguyễn Thị Hoa", NOW);
    assert_int_equal(load(&d, "citizen:1", x.id, NOW, &y), ERR_OK);
    assert_string_equal(json_string_value(json_object_get(y.data, "words")), "Nguyễn Thị Hoa");
    assert_int_equal(load(&d, "citizen:2", x.id, NOW, &y), ERR_NOT_FOUND);
    assert_string_equal(d.f.item[0].code, "draft.absent");
    assert_int_equal(draft_drop(d.room->writer, STR("citizen:2"), x.id), ERR_OK);
    assert_int_equal(load(&d, "citizen:1", x.id, NOW, &y), ERR_OK);
    assert_int_equal(draft_drop(d.room->writer, STR("citizen:1"), x.id), ERR_OK);
    assert_int_equal(load(&d, "citizen:1", x.id, NOW, &y), ERR_NOT_FOUND);
    close_desk(&d);
}

static void test_nothing_that_was_typed_lies_open_in_the_store(void **state)
{
    struct desk d;
    open_desk(&d, state);
    begin(&d, "citizen:1", "Nguyen Thi Hoa", NOW);
    struct rows r _rows_ = {0};
    assert_int_equal(db_raw_query(d.db, &r, "SELECT sealed FROM draft"), ERR_OK);
    assert_true(rows_next(&r));
    assert_int_equal(str_find(row_str(&r, 0), STR("Hoa")), -1);
    assert_int_equal(rows_end(&r), ERR_OK);
    close_desk(&d);
}

static void test_of_two_windows_the_second_does_not_write_over_the_first(void **state)
{
    struct desk d;
    open_desk(&d, state);
    struct draft x = begin(&d, "citizen:1", "một", NOW), stale = x;
    json_object_set_new(x.data, "words", json_string("hai"));
    assert_int_equal(draft_save(d.room->writer, &d.room->keyring, &x, NOW + 1, NOW + MONTH, &d.f), ERR_OK);
    assert_int_equal(x.version, 2);
    assert_int_equal(draft_save(d.room->writer, &d.room->keyring, &stale, NOW + 2, NOW + MONTH, &d.f), ERR_VERSION);
    assert_string_equal(d.f.item[0].code, "draft.changed");
    close_desk(&d);
}

static void test_a_draft_ends_by_itself_and_is_forgotten(void **state)
{
    struct desk d;
    struct draft y, list[4];
    size_t n;
    int64_t gone;
    open_desk(&d, state);
    struct draft x = begin(&d, "citizen:1", "cũ", NOW);
    begin(&d, "citizen:1", "mới", NOW + 1000);
    assert_int_equal(draft_list(&d.room->keyring, d.db, d.a, STR("citizen:1"), NOW, list, 4, &n), ERR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(json_string_value(json_object_get(list[0].data, "words")), "mới");
    assert_int_equal(load(&d, "citizen:1", x.id, NOW + MONTH, &y), ERR_NOT_FOUND);
    assert_int_equal(draft_forget(d.room->writer, NOW + MONTH, 10, &gone), ERR_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(draft_forget(d.room->writer, NOW + MONTH, 10, &gone), ERR_OK);
    assert_int_equal(gone, 0);
    close_desk(&d);
}

static void test_nobody_fills_the_store_with_drafts(void **state)
{
    struct desk d;
    open_desk(&d, state);
    for (int i = 0; i < DRAFTS_OF_ONE_MAX; i++)
        begin(&d, "citizen:1", "x", NOW + i);
    struct draft more = {.owner = STR("citizen:1"), .data = arena_json(d.a, json_object())};
    assert_int_equal(draft_begin(d.room->writer, &d.room->keyring, &more, NOW, NOW + MONTH, &d.f), ERR_CONFLICT);
    assert_string_equal(d.f.item[0].code, "draft.too-many");
    begin(&d, "citizen:2", "x", NOW);
    close_desk(&d);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        BOTH_ENGINES(test_a_draft_is_found_by_its_owner_alone),
        BOTH_ENGINES(test_nothing_that_was_typed_lies_open_in_the_store),
        BOTH_ENGINES(test_of_two_windows_the_second_does_not_write_over_the_first),
        BOTH_ENGINES(test_a_draft_ends_by_itself_and_is_forgotten),
        BOTH_ENGINES(test_nobody_fills_the_store_with_drafts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
