/* A small hash table of strings, open addressing, in an arena: built once at load, read ever after. */
#include "catalog_private.h"

void *catalog_alloc(struct catalog *c, size_t n)
{
    c->bytes += n;
    return arena_alloc(c->a, n);
}

void strmap_init(struct strmap *m, struct arena *a, size_t expected)
{
    m->cap = 16;
    while (m->cap < expected * 2)
        m->cap *= 2;
    m->n = 0;
    m->slots = ARENA_ARRAY(a, struct strmap_slot, m->cap);
}

static struct strmap_slot *slot_of(const struct strmap *m, struct str key)
{
    size_t i = (size_t)str_hash(key) & (m->cap - 1);
    while (m->slots[i].key.p && !str_eq(m->slots[i].key, key))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

uint32_t strmap_put(struct strmap *m, struct arena *a, struct str key, uint32_t fresh, bool *was_new_r)
{
    struct strmap_slot *s = slot_of(m, key);
    *was_new_r = s->key.p == NULL;
    if (!*was_new_r)
        return s->value;
    if ((m->n + 1) * 3 > m->cap * 2) {
        struct strmap bigger;
        strmap_init(&bigger, a, m->cap);
        for (size_t i = 0; i < m->cap; i++)
            if (m->slots[i].key.p)
                *slot_of(&bigger, m->slots[i].key) = m->slots[i];
        bigger.n = m->n;
        *m = bigger;
        s = slot_of(m, key);
    }
    *s = (struct strmap_slot){key.p ? key : STR(""), fresh};
    m->n++;
    return fresh;
}

bool strmap_get(const struct strmap *m, struct str key, uint32_t *value_r)
{
    struct strmap_slot *s = slot_of(m, key);
    if (s->key.p)
        *value_r = s->value;
    return s->key.p != NULL;
}
