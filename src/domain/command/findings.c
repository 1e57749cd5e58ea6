/* See findings.h. */
#include "domain/command/findings.h"
#include <stdlib.h>

static json_t *hex(const struct hash *h)
{
    char text[2 * HASH_BYTES + 1];
    hex_format(h->b, HASH_BYTES, text);
    return json_string(text);
}

static json_t *text(const char *s)
{
    json_t *j = json_string(s);
    return j ? j : json_string("(not UTF-8)"); /* cut in the middle of a letter, or tampered with */
}

static void document(FILE *out, json_t *j)
{
    char *line = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
    fprintf(out, "%s\n", line ? line : "{}");
    free(line);
    json_decref(j);
}

static json_t *numbers(const char *const *name, const int64_t *value, size_t n)
{
    json_t *j = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(j, name[i], json_integer(value[i]));
    return j;
}

static json_t *erasure(const struct erasure *e)
{
    json_t *j = json_object();
    json_object_set_new(j, "unit", text(e->unit));
    json_object_set_new(j, "pos", json_integer(e->pos));
    json_object_set_new(j, "type", text(e->type));
    json_object_set_new(j, "at", json_integer(e->at));
    json_object_set_new(j, "erased_by", text(e->actor));
    json_object_set_new(j, "basis", text(e->basis));
    return j;
}

int verify_print(FILE *out, const struct verify_report *v, const struct hash *known, bool json)
{
    bool agrees = !known || hash_eq(known, &v->root);
    char root[2 * HASH_BYTES + 1];
    hex_format(v->root.b, HASH_BYTES, root);
    if (json) {
        json_t *j = numbers((const char *const[]){"dossiers", "erased", "events", "streams", "units"},
                            (const int64_t[]){v->dossiers, v->erased, v->events, v->streams, v->units}, 5);
        json_object_set_new(j, "root", hex(&v->root));
        json_object_set_new(j, "root_agrees", known ? json_boolean(agrees) : json_null());
        json_t *fault = json_null();
        if (v->fault) {
            fault = json_object();
            json_object_set_new(fault, "unit", text(v->unit));
            json_object_set_new(fault, "pos", json_integer(v->pos));
            json_object_set_new(fault, "what", text(v->what));
        }
        json_object_set_new(j, "fault", fault);
        json_t *list = json_array();
        for (int64_t i = 0; i < v->erased && i < ERASURES_SHOWN; i++)
            json_array_append_new(list, erasure(&v->erasure[i]));
        json_object_set_new(j, "first_erasures", list);
        document(out, j);
    } else if (v->fault)
        fprintf(out, "FAULT in unit %s at position %lld: %s\n", v->unit, (long long)v->pos, v->what);
    else
        fprintf(out, "dossiers %lld\nstreams %lld, of them erased %lld\nevents %lld in %lld units\nroot %s\n", (long long)v->dossiers,
                (long long)v->streams, (long long)v->erased, (long long)v->events, (long long)v->units, root);
    return v->fault || !agrees;
}

static json_t *difference(const struct replay_difference *d)
{
    json_t *j = json_object();
    json_object_set_new(j, "table", text(d->table));
    json_object_set_new(j, "key", text(d->key));
    json_object_set_new(j, "column", d->column[0] ? text(d->column) : json_null());
    json_object_set_new(j, "live", d->live[0] ? text(d->live) : json_null());
    json_object_set_new(j, "replayed", d->replayed[0] ? text(d->replayed) : json_null());
    return j;
}

int replay_print(FILE *out, const struct replay_report *r, bool json)
{
    bool finding = r->differences || r->problem[0];
    if (json) {
        json_t *j = numbers((const char *const[]){"differences", "events", "rows", "streams", "tables", "units"},
                            (const int64_t[]){r->differences, r->events, r->rows, r->streams, r->tables, r->units}, 6);
        json_t *list = json_array();
        for (int64_t i = 0; i < r->differences && i < REPLAY_DIFFERENCES_KEPT; i++)
            json_array_append_new(list, difference(&r->difference[i]));
        json_object_set_new(j, "first_differences", list);
        json_object_set_new(j, "problem", r->problem[0] ? text(r->problem) : json_null());
        document(out, j);
    } else if (r->problem[0])
        fprintf(out, "NOT FINISHED: %s\n", r->problem);
    else
        fprintf(out, "%s: events %lld of %lld streams in %lld units; rows %lld in %lld projections; differences %lld\n",
                r->differences ? "DIFFERENT" : "equal", (long long)r->events, (long long)r->streams, (long long)r->units, (long long)r->rows,
                (long long)r->tables, (long long)r->differences);
    return finding;
}

int exchange_print(FILE *out, const struct exchange_report *r, bool json)
{
    char root[2 * HASH_BYTES + 1], sha256[2 * HASH_BYTES + 1];
    hex_format(r->root.b, HASH_BYTES, root);
    hex_format(r->sha256.b, HASH_BYTES, sha256);
    if (json) {
        json_t *j = numbers((const char *const[]){"bytes", "datasets", "events", "keys", "lines", "units"},
                            (const int64_t[]){r->bytes, r->datasets, r->events, r->keys, r->lines, r->units}, 6);
        json_object_set_new(j, "root", hex(&r->root));
        json_object_set_new(j, "sha256", hex(&r->sha256));
        document(out, j);
    } else
        fprintf(out, "units %lld, events %lld, datasets %lld, keys %lld; bytes %lld\nroot %s\nsha256 %s\n", (long long)r->units,
                (long long)r->events, (long long)r->datasets, (long long)r->keys, (long long)r->bytes, root, sha256);
    return 0;
}
