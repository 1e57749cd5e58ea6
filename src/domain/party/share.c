/* What part of a thing an owner has (đồng sở hữu): a fraction "1/3", or basis points 3333. See party.h. */
#include "domain/party/party.h"

enum { WHOLE = 10000 /* basis points */, PARTS_MAX = 100000 };

struct fraction {
    int64_t part, of;
};

static bool share_read(const json_t *v, struct fraction *out)
{
    if (json_is_integer(v))
        *out = (struct fraction){json_integer_value(v), WHOLE};
    else {
        struct str rest = json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR(""), part;
        if (!str_next(&rest, '/', &part) || !str_all_digits(part) || !str_all_digits(rest) || !str_to_i64(part, &out->part) || !str_to_i64(rest, &out->of))
            return false;
    }
    return out->part > 0 && out->part <= out->of && out->of <= PARTS_MAX;
}

bool party_share_known(const json_t *v)
{
    struct fraction f;
    return share_read(v, &f);
}

static int64_t common(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* False where the sum cannot be written any more. */
static bool add(struct fraction *sum, struct fraction f)
{
    int64_t shared = common(sum->of, f.of), left, right, of;
    if (__builtin_mul_overflow(sum->part, f.of / shared, &left) || __builtin_mul_overflow(f.part, sum->of / shared, &right)
        || __builtin_mul_overflow(sum->of, f.of / shared, &of) || __builtin_add_overflow(left, right, &sum->part))
        return false;
    shared = common(sum->part, of);
    sum->part /= shared;
    sum->of = of / shared;
    return true;
}

bool party_shares_fit(const json_t *parties)
{
    struct fraction sum = {0, 1}, f;
    const json_t *p;
    size_t i;
    json_array_foreach(parties, i, p) {
        const json_t *v = json_object_get(p, "share");
        if (v && (!share_read(v, &f) || !add(&sum, f)))
            return false;
    }
    return sum.part <= sum.of;
}
