/* Life events, /viec/{slug}: what happens in a life, in everyday words, and the procedures that follow from it. All of it is the table
 * data/life-events.tsv: a row a thing (event, question, option, procedure); `when` of a procedure names the options (question=answer) of which one
 * must be chosen; what has not been answered excludes nothing. The page is one form that asks again with what was chosen: no state, no script. */
#include "base/dataset.h"
#include "face/citizen/find_event.h"
#include "face/citizen/find_event.html.h"

extern const char life_events_begin[], life_events_end[];

struct row {
    struct str event, kind, key, when, text, more;
};
struct reader {
    struct tsv tsv;
    bool english;
};

static void reader_open(struct reader *t, const struct page *o)
{
    *t = (struct reader){.english = o->lang == LANGUAGE_EN};
    tsv_open(&t->tsv, str_bytes(life_events_begin, (size_t)(life_events_end - life_events_begin)));
}

static struct str column(const struct reader *t, const char *name) { return tsv_cell(&t->tsv, tsv_column(&t->tsv, name)); }

static bool reader_next(struct reader *t, struct row *row)
{
    if (!tsv_row(&t->tsv))
        return false;
    *row = (struct row){column(t, "event"), column(t, "kind"), column(t, "key"), column(t, "when"), column(t, t->english ? "en" : "vi"),
                        column(t, t->english ? "more_en" : "more_vi")};
    return true;
}

size_t life_events(struct page *o, struct life_event out[EVENTS_MAX])
{
    struct reader t;
    struct row row;
    size_t n = 0;
    for (reader_open(&t, o); reader_next(&t, &row) && n < EVENTS_MAX;)
        if (str_is(row.kind, "event"))
            out[n++] = (struct life_event){row.event, row.text, row.more};
    return n;
}

struct str everyday_name(struct page *o, struct str code)
{
    struct reader t;
    struct row row;
    for (reader_open(&t, o); reader_next(&t, &row);)
        if (str_is(row.kind, "procedure") && str_eq(row.key, code))
            return row.text;
    return STR("");
}

/* --- the page --- */

/* Is the condition met by what was chosen? A question that nobody answered excludes nothing. */
static bool wanted(struct request *r, struct arena *a, struct str when)
{
    struct str one, question;
    bool any = !when.n;
    while (when.n && str_next(&when, ',', &one)) {
        struct str answer = one;
        if (!str_next(&answer, '=', &question))
            continue;
        struct str chosen = query_typed(r, str_c(a, question));
        any |= !chosen.n || str_eq(chosen, answer);
    }
    return any;
}

static void add_question(struct event_model *m, const struct row *row)
{
    if (m->questions < EVENT_QUESTIONS_MAX)
        m->question[m->questions++] = (struct event_question){.name = row->key, .text = row->text};
}

static void add_option(struct request *r, struct event_model *m, const struct row *row)
{
    struct event_question *q = m->questions ? &m->question[m->questions - 1] : NULL;
    struct str value = row->key, name;
    if (!q || q->options == EVENT_OPTIONS_MAX || !str_next(&value, '=', &name) || !str_eq(name, q->name))
        return;
    bool chosen = str_eq(query_typed(r, str_c(request_arena(r), name)), value);
    q->option[q->options++] = (struct option){.value = value, .label = row->text, .chosen = chosen};
    m->answered |= chosen;
}

static void add_procedure(struct request *r, struct page *o, struct event_model *m, const struct row *row)
{
    const struct rules *rules = rules_of(r);
    int64_t day = time_local_day(o->now);
    const struct procedure *p = procedure_find(rules->catalog, row->key, STR(""), day, NULL);
    if (!p || m->procedures == EVENT_PROCEDURES_MAX || !wanted(r, o->arena, row->when))
        return;
    bool open = procedure_receivable(rules->catalog, p, rules->province, day) == RECEIVABLE;
    m->procedure[m->procedures++] = (struct event_procedure){p->code, row->text, p->name, time_brief(o, p), fee_summary(o, p), open};
}

static bool event_of(struct request *r, struct page *o, struct str slug, struct event_model *m)
{
    struct reader t;
    struct row row;
    *m = (struct event_model){0};
    for (reader_open(&t, o); reader_next(&t, &row);) {
        if (!str_eq(row.event, slug))
            continue;
        if (str_is(row.kind, "event"))
            m->event = (struct life_event){row.event, row.text, row.more};
        else if (str_is(row.kind, "question"))
            add_question(m, &row);
        else if (str_is(row.kind, "option"))
            add_option(r, m, &row);
        else if (str_is(row.kind, "procedure"))
            add_procedure(r, o, m, &row);
    }
    return m->event.slug.n > 0;
}

enum http_result event_page(struct request *r)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    struct event_model *m = ARENA_NEW(request_arena(r), struct event_model);
    page_begin(r, &o, &b);
    if (!event_of(r, &o, request_path_param(r, "slug"), m))
        return page_refuse_code(r, ERR_NOT_FOUND, "page.event-unknown");
    site_begin(r, &o, m->event.title, STR("/"), false);
    event_view_page(&o, m);
    site_end(&o);
    return page_end(r, 200, &o);
}
