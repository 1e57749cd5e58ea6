/* See members.h. */
#include "domain/command/members.h"
#include "domain/command/fields.h"

static struct str *text_at(const struct member *m, void *of) { return (struct str *)(void *)((char *)of + m->offset); }
static int64_t *int_at(const struct member *m, void *of) { return (int64_t *)(void *)((char *)of + m->offset); }

void members_put(const struct members *m, const void *from, json_t *object)
{
    for (size_t i = 0; i < m->n; i++) {
        const char *at = (const char *)from + m->member[i].offset;
        if (m->member[i].text)
            put_s(object, m->member[i].name, *(const struct str *)(const void *)at);
        else
            put_i(object, m->member[i].name, *(const int64_t *)(const void *)at);
    }
}

void members_set(const struct members *m, struct arena *a, const json_t *object, void *to)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct member *one = &m->member[i];
        if (!json_object_get(object, one->name))
            continue;
        if (one->text)
            *text_at(one, to) = str_dup(a, get_s(object, one->name));
        else
            *int_at(one, to) = get_i(object, one->name);
    }
}

json_t *members_json(const struct members *m, const void *items, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        members_put(m, (const char *)items + i * m->size, o);
        json_array_append_new(list, o);
    }
    return list;
}

void *members_read(const struct members *m, struct arena *a, const json_t *list, size_t max, size_t *n_r)
{
    size_t n = json_array_size(list), i;
    if (n > max)
        n = max;
    char *items = arena_alloc(a, (n + 1) * m->size);
    memset(items, 0, (n + 1) * m->size);
    for (i = 0; i < n; i++) {
        char *item = items + i * m->size;
        for (size_t k = 0; k < m->n; k++)
            if (m->member[k].text)
                *text_at(&m->member[k], item) = STR("");
        members_set(m, a, json_array_get(list, i), item);
    }
    *n_r = n;
    return items;
}
