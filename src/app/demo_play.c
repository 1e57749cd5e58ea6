/* One step of a story becomes one command, with a key of its own: so a second run finds every answer given already. */
#include "app/demo_private.h"
#include "base/buf.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

enum { PAYLOAD_MAX = 64 * 1024 };

int64_t demo_time(const char *local)
{
    int64_t ms = 0;
    char text[40];
    snprintf(text, sizeof text, "%.10sT%.5s:00+07:00", local, local + 11);
    return time_parse(str_of(text), &ms) ? ms : 0;
}

void demo_wrong(struct demo *d, const char *where, const char *fmt, ...)
{
    va_list args;
    d->wrong++;
    fprintf(stderr, "motcua: demo: %s: ", where);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

static const struct demo_dossier *dossier_of(const struct demo *d, struct str key)
{
    for (size_t i = 0; i < demo_story_count; i++)
        if (str_is(key, demo_stories[i].key))
            return &d->dossier[i];
    return NULL;
}

/* @7 and #key; see demo_private.h. */
static json_t *expand(struct demo *d, const char *text)
{
    struct buf b _buf_ = BUF_MAX(PAYLOAD_MAX);
    for (const char *p = text; *p;) {
        size_t n = 1;
        if (*p == '@' && isdigit((unsigned char)p[1])) {
            char *end;
            buf_str(&b, demo_citizen(d, (int)strtol(p + 1, &end, 10)));
            n = (size_t)(end - p);
        } else if (*p == '#') {
            while (islower((unsigned char)p[n]) || p[n] == '-')
                n++;
            const struct demo_dossier *other = dossier_of(d, str_bytes(p + 1, n - 1));
            buf_str(&b, other ? other->code : STR("?"));
        } else
            buf_char(&b, *p == '\'' ? '"' : *p);
        p += n;
    }
    json_error_t error;
    json_t *j = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &error);
    if (!j)
        demo_wrong(d, text, "%s", error.text);
    return arena_json(d->a, j ? j : json_object());
}

static void remember_refusal(struct demo *d, struct demo_dossier *x, const struct demo_step *s, const struct outcome *out)
{
    (void)d;
    if (x->refusals < DEMO_STEPS_MAX)
        x->refusal[x->refusals++] = (struct demo_refusal){demo_time(s->when), s->who, s->command, out->fail};
}

static bool refused_with(const struct fail *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->item[i].code, code) == 0)
            return true;
    return false;
}

static void compare(struct demo *d, const struct demo_story *story, const struct demo_step *s, struct demo_dossier *x, const struct outcome *out)
{
    char where[120];
    snprintf(where, sizeof where, "%s %s %s by %s", story->key, s->when, s->command, s->who);
    const char *code = out->fail.n ? out->fail.item[0].code : "";
    if (out->err && !s->refused)
        demo_wrong(d, where, "refused: %s %s %s %s", code, out->fail.rule, out->fail.n ? out->fail.item[0].pointer : "", out->fail.n ? out->fail.item[0].param : "");
    else if (!out->err && s->refused)
        demo_wrong(d, where, "should have been refused: %s", s->refused);
    else if (out->err && !refused_with(&out->fail, s->refused) && (out->repeated || !d->again))
        demo_wrong(d, where, "refused with %s instead of %s", code, s->refused);
    if (out->err) {
        d->refused++;
        remember_refusal(d, x, s, out);
        return;
    }
    *(out->repeated ? &d->repeated : &d->done) += 1;
    const struct dossier *state = out->state;
    if (s->due && state && state->due_at != demo_time(s->due)) {
        char is[40] = "none";
        if (state->due_at)
            time_format(state->due_at, is);
        demo_wrong(d, where, "due %s instead of %s", is, s->due);
    }
}

static enum err stand_in(struct demo *d, const struct demo_step *s, struct fail *f)
{
    demo_stand_in_stop(d);
    return strcmp(s->command, "stand-in:start") == 0 ? demo_stand_in_start(d, f) : ERR_OK;
}

enum err demo_play(struct demo *d, size_t story, size_t step, struct fail *f)
{
    const struct demo_story *st = &demo_stories[story];
    const struct demo_step *s = &st->steps[step];
    struct demo_dossier *x = &d->dossier[story];
    if (strcmp(s->who, "may") == 0)
        return stand_in(d, s, f);
    bool submit = strcmp(s->command, "submit") == 0;
    int64_t now = demo_time(s->when);
    struct actor actor;
    enum err e = demo_actor(d, s->who, now, &actor, f);
    if (e)
        return e;
    json_t *payload = expand(d, s->payload ? s->payload : "{}");
    const char *receiving = json_string_value(json_object_get(payload, "receiving_unit"));
    struct command c = {.aggregate = &dossier_aggregate, .type = str_of(s->command), .home_unit = submit ? str_of(receiving) : x->home,
                        .stream = submit ? (struct id){{0}} : x->id, .actor = actor, .key = str_printf(d->a, "demo-%s-%zu", st->key, step),
                        .payload = payload, .now = now};
    struct outcome out = {0};
    if (!submit && id_is_zero(x->id)) {
        demo_wrong(d, st->key, "no dossier to %s", s->command);
        return ERR_OK;
    }
    e = command_wait(&d->app->room, d->a, &c, &out);
    if (e && !out.err)
        return fail_add(f, e, NULL, "", "store.unavailable", "%s %zu", st->key, step);
    compare(d, st, s, x, &out);
    if (submit && !out.err) {
        x->home = out.home_unit;
        x->id = out.stream;
        x->code = str_dup(d->a, ((const struct dossier *)out.state)->code);
    }
    return ERR_OK;
}
