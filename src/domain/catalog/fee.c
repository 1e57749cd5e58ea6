/* Fees and charges. A curated cell reads "charge:dossier:20000@counter,post; charge:dossier:10000@online", further forms:
 *   fee:page:2000>3:1000<200000@counter   2,000 a page, from page 3 on 1,000, at most 200,000 a copy
 *   charge:dossier:council@counter         set by the provincial People's Council
 *   fee:dossier:200000?@online             to be confirmed
 *   none                                   nothing is due
 * What is not curated comes from the source's text and is always doubtful: "Miễn phí" or "0" there often means that the amount
 * stands in a note only. */
#include "catalog_private.h"

static bool take(struct str *s, char until, struct str *piece_r)
{
    return s->n && str_next(s, until, piece_r);
}

static bool fee_parse(struct str s, struct fee *fee_r)
{
    struct str kind, basis, price, channels = str_trim(s), piece;
    *fee_r = (struct fee){.note = STR_NONE};
    if (!take(&channels, ':', &kind) || !take(&channels, ':', &basis) || !take(&channels, '@', &price) || !channels.n)
        return false;
    if (!str_is(kind, "fee") && !str_is(kind, "charge"))
        return false;
    fee_r->kind = str_is(kind, "fee") ? FEE_FEE : FEE_CHARGE;
    static const char *const bases[] = {"dossier", "copy", "document", "person", "page"};
    size_t b = 0;
    while (b < ARRAY_LEN(bases) && !str_is(basis, bases[b]))
        b++;
    if (b == ARRAY_LEN(bases))
        return false;
    fee_r->basis = (enum fee_basis)b;
    while (take(&channels, ',', &piece)) {
        unsigned one = str_is(piece, "counter") ? CHANNEL_COUNTER : str_is(piece, "online") ? CHANNEL_ONLINE : str_is(piece, "post") ? CHANNEL_POST : 0;
        if (!one)
            return false;
        fee_r->channels |= one | (one == CHANNEL_ONLINE ? CHANNEL_KIOSK : 0);
    }
    if (str_has_suffix(price, STR("?"))) {
        fee_r->doubtful = true;
        price.n--;
    }
    if (str_is(price, "council") || str_is(price, "unknown")) {
        fee_r->by_council = str_is(price, "council");
        fee_r->doubtful = true;
        fee_r->amount = -1;
        return true;
    }
    ptrdiff_t max = str_find_char(price, '<'), step = str_find_char(price, '>');
    if (max >= 0 && (!str_to_i64(str_sub(price, (size_t)max + 1, price.n), &fee_r->max) || fee_r->max <= 0))
        return false;
    price = max >= 0 ? str_sub(price, 0, (size_t)max) : price;
    if (step >= 0) {
        struct str from, rest = str_sub(price, (size_t)step + 1, price.n);
        if (fee_r->basis != FEE_PER_PAGE || !take(&rest, ':', &from) || !str_to_i64(from, &fee_r->from_page) || fee_r->from_page < 2
            || !str_to_i64(rest, &fee_r->amount_from) || fee_r->amount_from < 0)
            return false;
        price = str_sub(price, 0, (size_t)step);
    }
    return str_to_i64(price, &fee_r->amount) && fee_r->amount >= 0 && fee_r->amount <= 1000000000000;
}

bool fees_valid(struct str notation)
{
    struct str piece;
    struct fee fee;
    size_t n = 0;
    if (str_is(notation, "none"))
        return true;
    while (take(&notation, ';', &piece))
        if (!fee_parse(piece, &fee) || ++n > FEES_MAX)
            return false;
    return true;
}

/* "10,000 Việt Nam Đồng", "8,000 đ": đồng; anything else -1. */
static int64_t source_amount(struct str s)
{
    int64_t v = 0;
    size_t i = 0, digits = 0;
    for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == ','); i++)
        if (s.p[i] != ',') {
            v = v * 10 + (s.p[i] - '0');
            if (++digits > 12)
                return -1;
        }
    struct str unit = str_trim(str_sub(s, i, s.n));
    bool dong = str_has_prefix(unit, STR("Việt Nam Đồng")) || str_has_prefix(unit, STR("VNĐ")) || str_has_prefix(unit, STR("đ"))
             || str_has_prefix(unit, STR("Đồng"));
    return digits && v > 0 && dong ? v : -1;
}

size_t fees_of(const struct procedure *p, enum channel channel, struct fee out[FEES_MAX])
{
    size_t n = 0;
    struct fee fee;
    struct str rest = p->fees, piece;
    if (p->fees_curated) {
        while (n < FEES_MAX && take(&rest, ';', &piece))
            if (fee_parse(piece, &fee) && (fee.channels & channel)) {
                fee.note = p->note;
                out[n++] = fee;
            }
        return n;
    }
    static const struct { const char *begins; unsigned channels; } names[] = {
        {"Trực tuyến: ", CHANNEL_ONLINE | CHANNEL_KIOSK}, {"Trực tiếp: ", CHANNEL_COUNTER}, {"Dịch vụ bưu chính: ", CHANNEL_POST}};
    for (rest = p->fee_text; rest.n && n < FEES_MAX;) {
        ptrdiff_t bar = str_find(rest, STR(" | "));
        piece = bar < 0 ? rest : str_sub(rest, 0, (size_t)bar);
        rest = bar < 0 ? STR_NONE : str_sub(rest, (size_t)bar + 3, rest.n);
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            if (str_has_prefix(piece, str_of(names[i].begins)) && (names[i].channels & channel)) {
                struct str words = str_sub(piece, strlen(names[i].begins), piece.n);
                out[n++] = (struct fee){.kind = FEE_FEE, .channels = names[i].channels, .amount = source_amount(words), .doubtful = true, .note = words};
            }
    }
    return n;
}

bool fee_amount(const struct fee *fee, int64_t quantity, int64_t pages, int64_t *dong_r)
{
    int64_t one = fee->amount;
    if (fee->amount < 0 || quantity <= 0)
        return false;
    if (fee->basis == FEE_PER_PAGE) {
        int64_t dear = fee->from_page && pages >= fee->from_page ? fee->from_page - 1 : pages, rest;
        if (pages <= 0 || __builtin_mul_overflow(dear, fee->amount, &one) || __builtin_mul_overflow(pages - dear, fee->amount_from, &rest)
            || __builtin_add_overflow(one, rest, &one))
            return false;
    }
    if (fee->max && one > fee->max)
        one = fee->max;
    if (fee->basis == FEE_PER_DOSSIER)
        quantity = 1;
    return !__builtin_mul_overflow(one, quantity, dong_r);
}
