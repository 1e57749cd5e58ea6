/* What the functions of the table share: complaints, texts, the move to a state. See dossier_private.h. */
#include "base/vn.h"
#include "domain/dossier/dossier_private.h"
#include <stdio.h>

enum { SENTENCE_BYTES_MAX = 4000, PLAIN_BYTES_MAX = 100, CODE_BYTES_MAX = 60, BASIS_BYTES_MAX = 120 /* as the ledger's header has it */ };

enum err wrong(struct step *k, const char *pointer, const char *code)
{
    return fail_add(&k->d->fail, ERR_INVALID, k->rule->rule, pointer, code, NULL);
}

enum err forbidden_now(struct step *k, const char *rule, const char *code)
{
    return fail_add(&k->d->fail, ERR_CONFLICT, rule, "", code, NULL);
}

void move(struct step *k, int to, const char *task, int64_t next_at)
{
    k->to = to;
    if (to)
        put_i(k->out, "state", to);
    put_s(k->out, "task", str_of(task));
    put_i(k->out, "next_at", next_at);
    if (dossier_state_final(to))
        put_i(k->out, "closed_at", k->d->command->now);
}

struct str text_of(struct step *k, const json_t *object, const char *field, const char *pointer, size_t max)
{
    const json_t *v = json_object_get(object, field);
    struct str s = STR("");
    if (!v || json_is_null(v))
        return s;
    if (!json_is_string(v))
        wrong(k, pointer, "field.not-text");
    else if (vn_nfc(k->d->arena, str_bytes(json_string_value(v), json_string_length(v)), &s))
        wrong(k, pointer, "field.characters");
    else if ((s = str_trim(s)).n > max)
        wrong(k, pointer, "field.too-long");
    else
        return s;
    return STR("");
}

/* A text at the top of the payload; a required one that is empty is complained of once. */
static struct str top_text(struct step *k, const char *field, size_t max, bool required)
{
    char pointer[40];
    size_t before = k->d->fail.n;
    snprintf(pointer, sizeof pointer, "/%s", field);
    struct str s = text_of(k, k->in, field, pointer, max);
    if (required && !s.n && k->d->fail.n == before)
        wrong(k, pointer, "field.required");
    return s;
}

enum err sealed_text(struct step *k, const char *field, bool optional)
{
    struct str s = top_text(k, field, SENTENCE_BYTES_MAX, !optional);
    if (s.n)
        put_s(k->personal, field, s);
    return k->d->fail.err;
}

bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') || strchr("-_./:", s.p[i])))
            return false;
    return !has_long_number(s);
}

bool is_paper_number(struct str s)
{
    struct str rest = s, word;
    bool digit = false;
    if (has_long_number(s))
        return false;
    while (rest.n && str_next(&rest, ' ', &word)) {
        bool has = false, upper = word.n <= 6;
        for (size_t i = 0; i < word.n; i++) {
            has |= word.p[i] >= '0' && word.p[i] <= '9';
            upper &= (word.p[i] >= 'A' && word.p[i] <= 'Z') || (unsigned char)word.p[i] >= 0x80;
        }
        if (word.n && !has && !upper && !str_is(word, "ngày") && !str_is(word, "số"))
            return false;
        digit |= has;
    }
    return digit;
}

void legal_basis(struct step *k, bool required)
{
    struct str s = top_text(k, "basis", BASIS_BYTES_MAX, required);
    if (has_long_number(s))
        wrong(k, "/basis", "field.personal");
    else if (s.n)
        put_s(k->out, "basis", s);
}

struct str plain_code(struct step *k, const char *field, bool required)
{
    char pointer[40];
    struct str s = top_text(k, field, CODE_BYTES_MAX, required);
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (!is_code(s))
        wrong(k, pointer, "field.code");
    else if (s.n)
        put_s(k->out, field, s);
    return s;
}

struct str plain_number(struct step *k, const char *field, bool required)
{
    char pointer[40];
    struct str s = top_text(k, field, PLAIN_BYTES_MAX, required);
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (s.n && !is_paper_number(s))
        wrong(k, pointer, "field.paper-number");
    else if (s.n)
        put_s(k->out, field, s);
    return s;
}

/* The name of a paper may be that of a person: results stand plain without it, and the names beside them, sealed, in the same order. */
void seal_result_names(struct step *k)
{
    json_t *list = json_object_get(k->out, "results"), *item, *names = json_array();
    size_t i;
    bool any = false;
    json_array_foreach(list, i, item) {
        struct str name = get_s(item, "name");
        any |= name.n > 0;
        json_array_append_new(names, json_stringn(name.p, name.n));
        json_object_del(item, "name");
    }
    if (any)
        json_object_set(k->personal, "result_names", names);
    json_decref(names);
}

void sealed_json(struct step *k, const char *field, const json_t *value, size_t max)
{
    char pointer[40];
    struct str canonical;
    snprintf(pointer, sizeof pointer, "/%s", field);
    if (!json_is_object(value))
        wrong(k, pointer, "field.not-object");
    else if (canonical_json(k->d->arena, value, &canonical))
        wrong(k, pointer, "field.invalid");
    else if (canonical.n > max)
        wrong(k, pointer, "field.too-long");
    else
        json_object_set_new(k->personal, field, json_deep_copy(value));
}

enum err days_ahead(struct step *k, const char *parameter, struct str unit, int64_t *at_r)
{
    int64_t days = 0;
    enum err e = parameter_days(k->d, parameter, &days);
    return e ? e : after_working_days(k->d, unit, days, at_r);
}

const char *working_task(const struct dossier *s)
{
    if (dossier_awaits_acceptance(s))
        return s->handed_over_at ? "accept" : "hand_over";
    return s->officer.n ? "process" : "assign";
}

int64_t running_clock(const struct dossier *s) { return s->suspended_at ? s->next_at : s->due_at; }

void close_pause(struct step *k)
{
    struct dossier s = *k->s;
    if (!s.suspended_at)
        return;
    if (s.pauses)
        s.pause[s.pauses - 1].to = k->d->command->now;
    json_object_set_new(k->out, "pauses", dossier_pauses_json(&s));
    put_i(k->out, "suspended_at", 0);
    put_s(k->out, "suspended_for", STR(""));
}

bool may_cite(const struct decision *d, struct str sha256)
{
    const struct dossier_inputs *in = d->inputs;
    return !in || !in->may_cite || in->may_cite(in, sha256);
}
