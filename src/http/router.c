/* From a path to a route: a tree of segments, literals before parameters. Segments are decoded before they are compared, one by
 * one, so that "%2F" never makes a segment and "%61" is "a" for us as for everybody in front of us. Empty segments and dot
 * segments are refused: whoever sends them hopes that two programs differ. */
#include "http/http_private.h"
#include <stdio.h>

struct node {
    struct node *next, *child; /* literals first, the parameter (name.p == NULL) last */
    struct str name;
    const struct route *route[HTTP_METHODS];
};

static const char *const method_name[HTTP_METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static bool segment_next(struct str *rest, struct str *segment)
{
    if (!rest->n)
        return false;
    *rest = str_sub(*rest, 1, rest->n); /* the '/' */
    ptrdiff_t slash = str_find_char(*rest, '/');
    size_t n = slash < 0 ? rest->n : (size_t)slash;
    *segment = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, n, rest->n);
    return true;
}

static bool is_parameter(struct str s) { return s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}'; }

static struct node *child_of(struct arena *a, struct node *parent, struct str name)
{
    struct node **link = &parent->child;
    for (; *link; link = &(*link)->next) {
        if (name.p ? (*link)->name.p && str_eq((*link)->name, name) : !(*link)->name.p)
            return *link;
        if (name.p && !(*link)->name.p)
            break;
    }
    struct node *n = ARENA_NEW(a, struct node);
    *n = (struct node){.next = *link, .name = name};
    return *link = n;
}

enum err router_build(struct http_server *s, struct fail *f)
{
    s->tree = ARENA_NEW(s->arena, struct node);
    for (size_t i = 0; i < s->route_n; i++) {
        const struct route *route = &s->routes[i];
        struct str rest = str_of(route->pattern), segment;
        struct node *node = s->tree;
        unsigned n = 0;
        bool good = rest.n && rest.p[0] == '/' && (unsigned)route->method < HTTP_METHODS && (unsigned)route->class < ROUTE_CLASSES &&
                    (route->body == BODY_STREAM ? route->upload && route->upload->begin && route->upload->data &&
                                                      route->upload->end && !(route->flags & ROUTE_INLINE)
                                                : route->handler != NULL);
        if (good && rest.n > 1)
            while (segment_next(&rest, &segment)) {
                good = good && segment.n && ++n <= SEGMENTS_MAX;
                node = child_of(s->arena, node, is_parameter(segment) ? STR_NONE : segment);
            }
        if (!good || node->route[route->method])
            return fail_add(f, ERR_INVALID, NULL, "", "http.route", "%s %s", method_name[route->method % HTTP_METHODS],
                            route->pattern ? route->pattern : "");
        node->route[route->method] = route;
    }
    return ERR_OK;
}

static const struct node *find(const struct node *node, const struct str *segment, unsigned n)
{
    if (!n) {
        for (unsigned m = 0; m < HTTP_METHODS; m++)
            if (node->route[m])
                return node;
        return NULL;
    }
    for (const struct node *c = node->child; c; c = c->next)
        if (!c->name.p || str_eq(c->name, segment[0])) {
            const struct node *found = find(c, segment + 1, n - 1);
            if (found)
                return found;
        }
    return NULL;
}

int router_find(struct request *r, struct str path, const char *method, struct buf *allow)
{
    bool options = strcmp(method, "OPTIONS") == 0;
    if (str_is(path, "*")) {
        buf_c(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        return 204;
    }
    struct str rest = path, raw;
    r->segment_n = 0;
    if (path.n > 1)
        while (segment_next(&rest, &raw)) {
            struct str s;
            if (!percent_decode(r->arena, raw, false, &s) || !http_text_valid(s, false) || str_is(s, ".") || str_is(s, ".."))
                return 400;
            if (!s.n || r->segment_n == SEGMENTS_MAX)
                return 404;
            r->segment[r->segment_n++] = s;
        }
    const struct node *node = find(r->server->tree, r->segment, r->segment_n);
    if (!node)
        return 404;
    r->head = strcmp(method, "HEAD") == 0;
    for (unsigned m = 0; m < HTTP_METHODS; m++)
        if (node->route[m] && (strcmp(method, method_name[m]) == 0 || (m == HTTP_GET && r->head))) {
            r->route = node->route[m];
            return 200;
        }
    for (unsigned m = 0; m < HTTP_METHODS; m++)
        if (node->route[m])
            buf_printf(allow, "%s%s%s", allow->n ? ", " : "", method_name[m], m == HTTP_GET ? ", HEAD" : "");
    buf_c(allow, ", OPTIONS");
    return options ? 204 : 405;
}

struct str request_path_param(const struct request *r, const char *name)
{
    struct str rest = str_of(r->route ? r->route->pattern : ""), segment;
    for (unsigned i = 0; i < r->segment_n && segment_next(&rest, &segment); i++)
        if (is_parameter(segment) && str_is(str_sub(segment, 1, segment.n - 2), name))
            return r->segment[i];
    return STR_NONE;
}
