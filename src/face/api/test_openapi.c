/* The description of the API and the table of routes say the same: every route is described, and nothing else is. */
#include "face/api/api_private.h"
#include "domain/command/fields.h"
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

/* What may stand after the question mark is what is described; "lang" may always. */
static void test_every_parameter_of_a_query_is_described_and_no_other(void **state)
{
    (void)state;
    json_t *doc = document(), *paths = json_object_get(doc, "paths");
    for (size_t i = 0; i < api_route_count; i++) {
        const struct route *r = &api_routes[i];
        const json_t *list = json_object_get(json_object_get(json_object_get(paths, r->pattern), methods[r->method]), "parameters"), *v;
        struct buf described _buf_ = BUF_MAX(1000);
        size_t k;
        json_array_foreach(list, k, v) {
            const json_t *p = resolve(doc, v);
            const char *name = json_string_value(json_object_get(p, "name"));
            if (strcmp(json_string_value(json_object_get(p, "in")), "query") == 0 && strcmp(name, "lang") != 0)
                buf_printf(&described, "%s%s", described.n ? " " : "", name);
        }
        if (strncmp(r->pattern, "/api/", 5) != 0) {
            assert_null(r->query); /* health and metrics are asked by other people's programs */
            continue;
        }
        assert_non_null(r->query);
        if (!str_is(buf_view(&described), r->query))
            fail_msg("%s reads \"%s\", and \"%.*s\" is described", r->pattern, r->query, PRS(buf_view(&described)));
    }
    json_decref(doc);
}

/* The names that a schema has, in the notation of fields_known_only: those of an object that takes no others in braces. */
static void names(const json_t *doc, const json_t *schema, struct buf *b)
{
    const char *key;
    json_t *v;
    json_object_foreach(json_object_get(schema, "properties"), key, v) {
        const json_t *type = resolve(doc, v), *items = json_object_get(type, "items");
        const json_t *object = items ? resolve(doc, items) : type;
        buf_printf(b, "%s%s", b->n && b->p[b->n - 1] != '{' ? " " : "", key);
        if (!json_is_false(json_object_get(object, "additionalProperties")))
            continue;
        buf_char(b, '{');
        names(doc, object, b);
        buf_char(b, '}');
    }
}

/* Every name of `known` is in `described`: an object with all of these members is taken, each being named there. */
static bool all_named(struct arena *a, const char *known, const char *described)
{
    struct fail f = {0};
    json_t *top = arena_json(a, json_object()), *in[8] = {top};
    size_t depth = 0;
    for (const char *s = known; *s; s++) {
        size_t n = strcspn(s, " {}");
        json_t *v = json_object();
        if (n)
            json_object_set(in[depth], str_c(a, str_bytes(s, n)), v);
        s += n;
        if (*s == '{')
            in[++depth] = v;
        else if (*s == '}')
            depth--;
        json_decref(v);
        if (!*s)
            break;
    }
    fields_known_only(&f, top, "", described);
    for (size_t i = 0; i < f.n; i++)
        print_error("%s is in \"%s\", but not in \"%s\"\n", f.item[i].pointer, known, described);
    return f.n == 0;
}

/* What a command reads and what is described are the same, down to the members of its lists and objects. */
static void test_every_field_of_a_command_is_described_and_no_other(void **state)
{
    (void)state;
    struct arena *a _arena_ = arena_new();
    json_t *doc = document(), *schemas = json_object_get(json_object_get(doc, "components"), "schemas");
    const json_t *mapping = json_object_get(json_object_get(json_object_get(schemas, "Command"), "discriminator"), "mapping");
    bool same = true;
    for (size_t i = 0; i == 0 || dossier_rule_at(i - 1); i++) {
        const char *command = i ? dossier_rule_at(i - 1)->command : "submit";
        const json_t *schema = json_object_get(schemas, "Submission");
        if (i) {
            const char *ref = json_string_value(json_object_get(mapping, command));
            if (!ref)
                fail_msg("%s is not described", command);
            schema = json_object_get(schemas, strrchr(ref, '/') + 1);
        }
        struct buf described _buf_ = BUF_MAX(4000);
        names(doc, schema, &described);
        assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
        const char *known = dossier_aggregate.fields(str_of(command)), *text = str_c(a, buf_view(&described));
        bool both = all_named(a, known, text) && all_named(a, text, known);
        if (!both)
            print_error("%s\n", command);
        same &= both;
    }
    assert_true(same);
    assert_int_equal(json_object_size(mapping), json_array_size(json_object_get(json_object_get(schemas, "Command"), "oneOf")));
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_described),
        cmocka_unit_test(test_nothing_else_is_described),
        cmocka_unit_test(test_parameters_bodies_and_failures_are_described),
        cmocka_unit_test(test_every_parameter_of_a_query_is_described_and_no_other),
        cmocka_unit_test(test_every_field_of_a_command_is_described_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
