/* Territories on a date, what they became, and agencies. */
#include "face/api/api_private.h"

enum { PLACES_JSON_MAX = 1 << 20 };
static const char *const level_names[] = {"province", "district", "commune"};
static const char *const unit_levels[] = {"central", "province", "commune"};
static const char *const share_names[] = {"unchanged", "whole", "part", "rest"};

static struct str or_empty(struct str s) { return s.p ? s : STR(""); }

static void territory(struct buf *b, const struct territory *t)
{
    buf_char(b, '{');
    json_member(b, "code", t->code);
    json_member(b, "name", t->name);
    json_member(b, "kind", t->kind);
    json_member(b, "level", str_of(level_names[t->level]));
    json_member(b, "parent", t->parent);
    json_member_date(b, "valid_from", t->valid_from);
    json_member_date(b, "valid_to", t->valid_to);
    buf_char(b, '}');
}

enum http_result api_territories(struct request *r)
{
    int64_t day, limit;
    if (!query_day(r, "on", &day) || !query_limit(r, 100, ORG_PAGE_MAX, &limit))
        return HTTP_DONE;
    struct territory_page page = territory_list(rules_of(r)->org, request_arena(r), day, or_empty(request_query(r, "parent")),
                                                or_empty(request_query(r, "q")), or_empty(request_query(r, "cursor")), (size_t)limit);
    struct buf b _buf_ = BUF_MAX(PLACES_JSON_MAX);
    buf_c(&b, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            buf_char(&b, ',');
        territory(&b, page.items[i]);
    }
    return respond_list(r, &b, page.next);
}

enum http_result api_successors(struct request *r)
{
    const struct org *o = rules_of(r)->org;
    struct str code = request_path_param(r, "code");
    const struct succession *s = NULL;
    size_t n = territory_successors(o, code, &s);
    enum doubt doubt = territory_doubt(o, code);
    if (!n && doubt == DOUBT_NONE)
        return refuse_code(r, ERR_NOT_FOUND, "", "territory.unknown");
    struct buf b _buf_ = BUF_MAX(PLACES_JSON_MAX);
    buf_char(&b, '{');
    json_member(&b, "code", code);
    json_member_bool(&b, "doubtful", doubt != DOUBT_NONE);
    json_member(&b, "reason", str_of(doubt == DOUBT_NONE ? "" : doubt_name(doubt)));
    buf_c(&b, ",\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(&b, ',');
        buf_char(&b, '{');
        json_member(&b, "code", s[i].to ? s[i].to->code : STR(""));
        json_member(&b, "name", s[i].to ? s[i].to->name : STR(""));
        json_member(&b, "parent", s[i].to ? s[i].to->parent : STR(""));
        json_member(&b, "share", str_of(share_names[s[i].share]));
        json_member_bool(&b, "doubtful", s[i].doubtful);
        json_member_bool(&b, "people_go_whole", s[i].people_go_whole);
        json_member(&b, "note", or_empty(s[i].note));
        buf_char(&b, '}');
    }
    return respond_list(r, &b, STR_NONE);
}

enum http_result api_units(struct request *r)
{
    int64_t limit;
    if (!query_limit(r, 100, ORG_PAGE_MAX, &limit))
        return HTTP_DONE;
    struct unit_page page = unit_list(rules_of(r)->org, request_arena(r), or_empty(request_query(r, "territory")), or_empty(request_query(r, "q")),
                                      or_empty(request_query(r, "cursor")), (size_t)limit);
    struct buf b _buf_ = BUF_MAX(PLACES_JSON_MAX);
    buf_c(&b, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        const struct unit *u = page.items[i];
        if (i)
            buf_char(&b, ',');
        buf_char(&b, '{');
        json_member(&b, "code", u->code);
        json_member(&b, "name", u->name);
        json_member(&b, "territory", or_empty(u->territory));
        json_member(&b, "level", str_of(unit_levels[u->level]));
        json_member(&b, "parent", or_empty(u->parent));
        json_member(&b, "kind", or_empty(u->kind));
        json_member_bool(&b, "authority", u->authority);
        json_member(&b, "authority_kind", or_empty(u->authority_kind));
        json_member_bool(&b, "one_stop", u->one_stop);
        json_member_bool(&b, "doubtful", u->doubtful);
        buf_char(&b, '}');
    }
    return respond_list(r, &b, page.next);
}
