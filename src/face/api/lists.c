/* GET /dossiers: parses the question, asks the query layer (domain/dossier/list.h), renders the page. */
#include "domain/dossier/list.h"
#include "face/api/api_private.h"
#include <stdio.h>

enum { LIST_JSON_MAX = 1 << 20, QUERY_MAX = 400 };

static void item(struct request *r, struct buf *b, const struct dossier_item *it)
{
    size_t candidates;
    const struct procedure *p = procedure_find(rules_of(r)->catalog, it->procedure, it->agency, time_local_day(it->submitted_at), &candidates);
    buf_char(b, '{');
    json_member(b, "code", it->code);
    json_member(b, "state", str_of(dossier_state_name((int)it->state)));
    json_member_i64(b, "state_code", it->state);
    json_member_bool(b, "voided", it->voided != 0);
    json_member(b, "procedure", it->procedure);
    json_member(b, "procedure_name", p ? p->name : STR(""));
    json_member(b, "receiving_unit", it->home_unit);
    json_member(b, "competent_unit", it->competent_unit);
    json_member(b, "task", it->task);
    json_member(b, "officer", it->officer);
    json_member(b, "owner", it->owner);
    json_member(b, "submitter", it->submitter);
    json_member_time(b, "submitted_at", it->submitted_at);
    json_member_time(b, "received_at", it->received_at);
    json_member_time(b, "due_at", it->due_at);
    json_member_time(b, "promised_at", it->promised_at);
    if (it->next_at)
        json_member_time(b, "next_at", it->next_at);
    json_member(b, "punctuality", str_of(it->punctuality));
    if (it->register_no) {
        char no[32];
        snprintf(no, sizeof no, "%lld/%lld", (long long)it->register_no, (long long)it->register_year);
        json_member(b, "register_no", str_of(no));
    } else
        json_member(b, "register_no", STR(""));
    json_member_i64(b, "version", it->version);
    buf_char(b, '}');
}

/* A day means its beginning: what is due before that day. */
static bool due_before(struct request *r, int64_t *ms_r)
{
    struct str s = request_query(r, "due_before");
    int64_t day;
    *ms_r = 0;
    if (!s.n || time_parse(s, ms_r))
        return true;
    if (date_parse(s, &day)) {
        *ms_r = time_from_local(day, 0);
        return true;
    }
    refuse_code(r, ERR_MALFORMED, "due_before", "query.date");
    return false;
}

static struct str or_empty(struct str s) { return s.p ? s : STR(""); }

enum http_result api_dossiers(struct request *r)
{
    struct dossier_list_query q = {.unit = or_empty(request_query(r, "unit")), .task = or_empty(request_query(r, "task")),
                                   .q = or_empty(request_query(r, "q")), .cursor = or_empty(request_query(r, "cursor"))};
    struct str state = or_empty(request_query(r, "state"));
    int64_t limit;
    if (!query_limit(r, 50, DOSSIER_LIST_MAX, &limit) || !due_before(r, &q.due_before))
        return HTTP_DONE;
    if (state.n && !(q.lists = dossier_lists_parse(state)))
        return refuse_code(r, ERR_MALFORMED, "state", "query.state");
    if (q.unit.n && !unit_find(rules_of(r)->org, q.unit))
        return refuse_code(r, ERR_MALFORMED, "unit", "unit.unknown");
    if (q.q.n > QUERY_MAX)
        return refuse_code(r, ERR_MALFORMED, "q", "query.too-long");
    q.limit = (size_t)limit;
    struct dossier_page page;
    struct fail f = {0};
    enum err e = dossier_list(&api_of(r)->face.room->keyring, rules_of(r), db_of(r), request_arena(r), actor_of(r), &q, request_now_ms(r), &page, &f);
    if (f.err)
        return refuse(r, &f);
    if (e)
        return refuse_code(r, e, "", "store.unavailable");
    struct buf b _buf_ = BUF_MAX(LIST_JSON_MAX);
    buf_c(&b, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            buf_char(&b, ',');
        item(r, &b, page.items[i]);
    }
    return respond_list(r, &b, page.next);
}
