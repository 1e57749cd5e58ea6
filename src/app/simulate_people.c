/* Made-up people: family, middle and given names by their published frequency (data/names.json, counts only), personal numbers with the
 * prefix 099 that is assigned to no place, so that nobody real can be met. See simulate.h. */
#include "app/simulate.h"
#include "base/dataset.h"
#include <stdio.h>

enum { NAMES_MAX = 1024 };

struct names {
    struct str text[NAMES_MAX];
    int64_t cumulative[NAMES_MAX], total;
    size_t n;
};
struct people {
    struct names family, middle[2], given[2], streets;
};

struct draws draws_for(uint64_t seed, uint64_t no, uint64_t purpose)
{
    struct draws d = {seed * 0x9e3779b97f4a7c15u ^ (no + 1) * 0xbf58476d1ce4e5b9u ^ purpose * 0x94d049bb133111ebu};
    (void)draw_u64(&d);
    return d;
}

uint64_t draw_u64(struct draws *d)
{
    uint64_t z = d->s += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t draw_below(struct draws *d, int64_t n) { return (int64_t)(draw_u64(d) % (uint64_t)(n > 0 ? n : 1)); }
int64_t draw_between(struct draws *d, int64_t a, int64_t b) { return a + draw_below(d, b - a + 1); }
bool draw_chance(struct draws *d, int64_t per_10000) { return draw_below(d, 10000) < per_10000; }

static void add(struct arena *a, struct names *to, const json_t *name, int64_t weight)
{
    if (to->n == NAMES_MAX || !json_is_string(name) || weight <= 0)
        return;
    to->text[to->n] = str_dup(a, str_of(json_string_value(name)));
    to->cumulative[to->n++] = to->total += weight;
}

/* [["Nguyễn", 17892], …] or ["Lê Lợi", …] */
static void read_names(struct arena *a, struct names *to, const json_t *list)
{
    size_t i;
    const json_t *v;
    json_array_foreach(list, i, v)
        add(a, to, json_is_array(v) ? json_array_get(v, 0) : v, json_is_array(v) ? json_integer_value(json_array_get(v, 1)) : 1);
}

struct people *people_load(struct arena *a, struct fail *f)
{
    struct people *p = ARENA_NEW(a, struct people);
    const struct dataset *d = dataset_find(STR("names.json"));
    struct str text;
    json_t *j = d && dataset_unpack(a, d->packed, &text) == ERR_OK ? arena_json(a, json_loadb(text.p, text.n, 0, NULL)) : NULL;
    read_names(a, &p->family, json_object_get(j, "family"));
    read_names(a, &p->middle[0], json_object_get(j, "middle_female"));
    read_names(a, &p->middle[1], json_object_get(j, "middle_male"));
    read_names(a, &p->given[0], json_object_get(j, "given_female"));
    read_names(a, &p->given[1], json_object_get(j, "given_male"));
    read_names(a, &p->streets, json_object_get(j, "streets"));
    if (p->family.n && p->middle[0].n && p->middle[1].n && p->given[0].n && p->given[1].n && p->streets.n)
        return p;
    fail_add(f, ERR_CORRUPT, NULL, "", "simulate.names", NULL);
    return NULL;
}

static struct str pick(const struct names *n, struct draws *d)
{
    int64_t x = draw_below(d, n->total);
    size_t low = 0, high = n->n - 1;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (n->cumulative[mid] > x)
            high = mid;
        else
            low = mid + 1;
    }
    return n->text[low];
}

static void phone_and_address(const struct people *p, struct draws *d, struct person *out)
{
    struct str street = pick(&p->streets, d);
    snprintf(out->phone, sizeof out->phone, "09%08d", (int)draw_below(d, 100000000));
    snprintf(out->address, sizeof out->address, "Số %d, đường %.*s", (int)draw_between(d, 1, 480), PRS(street));
}

void person_make(const struct people *p, struct draws *d, int64_t today, struct person *out)
{
    int y, m, day;
    *out = (struct person){.male = draw_chance(d, 4900)};
    struct str family = pick(&p->family, d), middle = pick(&p->middle[out->male], d), given = pick(&p->given[out->male], d);
    snprintf(out->name, sizeof out->name, "%.*s %.*s %.*s", PRS(family), PRS(middle), PRS(given));
    civil_from_days(today - draw_between(d, 18 * 365, 78 * 365), &y, &m, &day);
    snprintf(out->birth, sizeof out->birth, "%04d-%02d-%02d", y, m, day);
    snprintf(out->number, sizeof out->number, "099%d%02d%06d", (y / 100 - 19) * 2 + !out->male, y % 100, (int)draw_below(d, 1000000));
    phone_and_address(p, d, out);
}

void organisation_make(const struct people *p, struct draws *d, struct person *out)
{
    static const int weight[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    *out = (struct person){0};
    struct str family = pick(&p->family, d), given = pick(&p->given[1], d);
    snprintf(out->name, sizeof out->name, "Công ty TNHH %.*s %.*s", PRS(family), PRS(given));
    int check;
    do { /* one in eleven has no check digit */
        int sum = 0;
        for (int i = 0; i < 9; i++) {
            int digit = (int)draw_below(d, 10);
            out->number[i] = (char)('0' + digit);
            sum += digit * weight[i];
        }
        check = 10 - sum % 11;
    } while (check > 9);
    out->number[9] = (char)('0' + check);
    out->number[10] = '\0';
    phone_and_address(p, d, out);
}
