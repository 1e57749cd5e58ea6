/* The description of the API and the table of routes say the same: every route is described, and nothing else is. */
#include "face/api/api_private.h"
#include "support/store_fixture.h"
#include <stdio.h>

static const char *const methods[HTTP_METHODS] = {[HTTP_GET] = "get", [HTTP_POST] = "post", [HTTP_PUT] = "put", [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete"};

static json_t *document(void)
{
    struct str text = openapi_document();
    json_error_t error;
    json_t *doc = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("openapi.json:%d: %s", error.line, error.text);
    return doc;
}

/* Follows "#/components/…" once. */
static const json_t *resolve(const json_t *doc, const json_t *v)
{
    const char *to = json_string_value(json_object_get(v, "$ref"));
    if (!to)
        return v;
    struct arena *a _arena_ = arena_new();
    struct str rest = str_of(to + 2), part;
    const json_t *at = doc;
    while (rest.p && str_next(&rest, '/', &part))
        at = json_object_get(at, str_c(a, part));
    if (!at)
        fail_msg("%s leads nowhere", to);
    return at;
}

static void test_every_route_is_described(void **state)
{
    (void)state;
    json_t *doc = document(), *paths = json_object_get(doc, "paths");
    for (size_t i = 0; i < api_route_count; i++) {
        const struct route *r = &api_routes[i];
        const json_t *op = json_object_get(json_object_get(paths, r->pattern), methods[r->method]);
        if (!op)
            fail_msg("%s %s is not described", methods[r->method], r->pattern);
        assert_string_equal(json_string_value(json_object_get(op, "operationId")), r->operation);
    }
    json_decref(doc);
}

static void test_nothing_else_is_described(void **state)
{
    (void)state;
    json_t *doc = document(), *paths = json_object_get(doc, "paths"), *item, *op;
    const char *pattern, *method;
    size_t n = 0;
    json_object_foreach(paths, pattern, item) json_object_foreach(item, method, op)
    {
        bool found = false;
        for (size_t i = 0; i < api_route_count; i++)
            found |= strcmp(api_routes[i].pattern, pattern) == 0 && strcmp(methods[api_routes[i].method], method) == 0;
        if (!found)
            fail_msg("%s %s is described, but there is no such route", method, pattern);
        n++;
    }
    assert_int_equal(n, api_route_count);
    json_decref(doc);
}

/* Each parameter of a pattern is described, a body where there is one, security as the table has it, and every failure as a problem. */
static void test_parameters_bodies_and_failures_are_described(void **state)
{
    (void)state;
    json_t *doc = document(), *paths = json_object_get(doc, "paths");
    for (size_t i = 0; i < api_route_count; i++) {
        const struct route *r = &api_routes[i];
        const json_t *op = json_object_get(json_object_get(paths, r->pattern), methods[r->method]), *list = json_object_get(op, "parameters"), *v;
        const char *open = strchr(r->pattern, '{'), *status;
        size_t k;
        bool named = !open;
        json_array_foreach(list, k, v) {
            const json_t *p = resolve(doc, v);
            const char *name = json_string_value(json_object_get(p, "name"));
            assert_non_null(name);
            assert_non_null(json_object_get(p, "schema"));
            named |= open && strcmp(json_string_value(json_object_get(p, "in")), "path") == 0 && strncmp(open + 1, name, strlen(name)) == 0;
        }
        if (!named)
            fail_msg("%s: its parameter is not described", r->pattern);
        assert_int_equal(json_object_get(op, "requestBody") != NULL, r->body != BODY_NONE);
        assert_int_equal(json_object_get(json_object_get(op, "responses"), "401") != NULL,
                         r->access == ROUTE_TOKEN || strstr(r->pattern, "/track/") != NULL);
        json_t *answer;
        json_object_foreach(json_object_get(op, "responses"), status, answer) {
            const json_t *content = json_object_get(resolve(doc, answer), "content"), *problem = json_object_get(content, "application/problem+json");
            if (status[0] >= '4' && !problem)
                fail_msg("%s %s: no problem+json", r->pattern, status);
            if (status[0] >= '4' && strcmp(r->pattern, "/readyz") != 0 && !json_object_get(problem, "example"))
                fail_msg("%s %s: no example", r->pattern, status);
        }
    }
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_described),
        cmocka_unit_test(test_nothing_else_is_described),
        cmocka_unit_test(test_parameters_bodies_and_failures_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
