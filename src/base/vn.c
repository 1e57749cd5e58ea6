/* See vn.h. utf8proc knows Unicode; beside it stands a small constant table for the letters of Vietnamese, because a list folds its
 * query and an import folds every title. test_vn.c shows over all code points that the table says what utf8proc says. */
#include "base/vn.h"
#include "base/vn_private.h"
#include <utf8proc.h>

enum { NON_STARTERS_MAX = 30 }; /* the Stream-Safe limit of UAX #15: sorting more marks on one letter costs their square */

/* One code point of s at *i, strict: no overlong form, no surrogate, nothing above U+10FFFF. -1 and *i unmoved when broken. */
static inline int32_t next_code(struct str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.p + *i;
    size_t left = s.n - *i;
    if (p[0] < 0x80) {
        *i += 1;
        return p[0];
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf && left >= 2 && (p[1] & 0xc0) == 0x80) {
        *i += 2;
        return (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if ((p[0] & 0xf0) == 0xe0 && left >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        int32_t c = (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))
            return -1;
        *i += 3;
        return c;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4 && left >= 4 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
        int32_t c = (p[0] & 0x07) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
        if (c < 0x10000 || c > 0x10ffff)
            return -1;
        *i += 4;
        return c;
    }
    return -1;
}

static bool non_character(int32_t c) { return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe; }

bool vn_valid_utf8(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        int32_t c = next_code(s, &i);
        if (c <= 0 || non_character(c))
            return false;
    }
    return true;
}

/* --- NFC ---------------------------------------------------------------------------------------------------------------------- */

static bool forbidden_in_text(int32_t c)
{
    bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c <= 0x9f);
    bool bidi_override = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    /* What nobody sees: a name of blanks that are no blanks, two names that look alike. ZWJ and ZWNJ have no use in Vietnamese. */
    bool invisible = c == 0xad || c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 || (c >= 0x180b && c <= 0x180e)
        || (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2065) || c == 0x3164 || c == 0xfeff || c == 0xffa0
        || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe0fff);
    return control || bidi_override || invisible || non_character(c);
}

/* Below U+0300 and in the block of precomposed Vietnamese letters nothing composes further unless a mark follows. */
static bool composed_already(int32_t c) { return c < 0x300 || (c >= 0x1ea0 && c <= 0x1ef9); }

enum err vn_nfc(struct arena *a, struct str s, struct str *out_r)
{
    bool composed = true;
    int marks = 0;
    for (size_t i = 0; i < s.n;) {
        int32_t c = next_code(s, &i);
        if (c < 0 || forbidden_in_text(c))
            return ERR_INVALID;
        if (composed_already(c)) {
            marks = 0;
            continue;
        }
        composed = false;
        marks = utf8proc_get_property(c)->combining_class ? marks + 1 : 0;
        if (marks > NON_STARTERS_MAX)
            return ERR_INVALID;
    }
    if (composed) {
        *out_r = str_dup(a, s);
        return ERR_OK;
    }
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)s.p;
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t n = utf8proc_decompose(bytes, (utf8proc_ssize_t)s.n, NULL, 0, how);
    if (n < 0)
        return ERR_INVALID;
    utf8proc_int32_t *codes = ARENA_ARRAY(a, utf8proc_int32_t, (size_t)n + 1); /* reencode writes its bytes and a NUL into it */
    if (utf8proc_decompose(bytes, (utf8proc_ssize_t)s.n, codes, n, how) != n || (n = utf8proc_reencode(codes, n, how)) < 0)
        return ERR_INVALID;
    *out_r = str_bytes(codes, (size_t)n);
    return ERR_OK;
}

/* --- Folding ------------------------------------------------------------------------------------------------------------------ */

/* What a code point folds to: a letter or digit, ' ' nothing to search for, '-' a mark that vanishes, '.' ask utf8proc. */
static const char ascii_fold[129] =
    "                                                0123456789       abcdefghijklmnopqrstuvwxyz      abcdefghijklmnopqrstuvwxyz     ";
static const char latin_fold[465] = /* U+0080 … U+024F */
    "                                          a       23 .   1o ... "
    "aaaaaa.ceeeeiiii.nooooo .uuuuy..aaaaaa.ceeeeiiii.nooooo .uuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll."
    "...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzzs"
    "................................oo.............uu..............."
    ".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
    "................";
static const char latin_additional_fold[257] = /* U+1E00 … U+1EFF */
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

static inline char fold_by_table(int32_t c)
{
    if (c < 0x80)
        return ascii_fold[c];
    if (c < 0x250)
        return latin_fold[c - 0x80];
    if (c >= 0x300 && c <= 0x36f)
        return '-';
    if (c >= 0x1e00 && c <= 0x1eff)
        return latin_additional_fold[c - 0x1e00];
    if (c >= 0x2000 && c <= 0x206f) /* general punctuation: dashes, quotation marks, ellipsis */
        return ' ';
    return '.';
}

/* Folds one code point by utf8proc into at most FOLD_MAX code points; 0 is a separator. Marks go before the case does (the Greek
 * iota below would become a letter), and a lower-case form may fold again, therefore until nothing changes. */
enum { FOLD_MAX = 64, FOLD_DEPTH_MAX = 4 };
static size_t fold_code(int32_t c, int32_t *out, size_t room, int depth)
{
    utf8proc_int32_t parts[FOLD_MAX], lower[FOLD_MAX];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, FOLD_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    size_t used = 0;
    for (utf8proc_ssize_t k = 0; k < n && k < FOLD_MAX && used < room; k++) {
        int32_t part = parts[k];
        utf8proc_category_t kind = utf8proc_category(part);
        if (kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME)
            continue;
        bool keeps = (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO)
            || (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
        if (!keeps) {
            out[used++] = 0;
            continue;
        }
        utf8proc_ssize_t m = utf8proc_decompose_char(part, lower, FOLD_MAX, UTF8PROC_CASEFOLD, &boundary);
        if ((m == 1 && lower[0] == part) || m < 1 || depth == FOLD_DEPTH_MAX)
            out[used++] = part == 0x111 ? 'd' : part;
        else
            for (utf8proc_ssize_t j = 0; j < m && j < FOLD_MAX; j++)
                used += fold_code(lower[j], out + used, room - used, depth + 1);
    }
    return used;
}

struct str vn_fold_by_utf8proc(struct arena *a, struct str s)
{
    utf8proc_uint8_t *out = NULL;
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) { /* measure, then write */
        bool blank = false;
        size_t at = 0;
        for (size_t i = 0; i < s.n;) {
            int32_t c = next_code(s, &i), parts[FOLD_MAX];
            if (c < 0)
                return STR("");
            size_t m = fold_code(c, parts, FOLD_MAX, 0);
            for (size_t k = 0; k < m; k++) {
                if (parts[k] == 0) {
                    blank = true;
                    continue;
                }
                utf8proc_uint8_t bytes[4];
                size_t len = (size_t)utf8proc_encode_char(parts[k], bytes);
                if (blank && at) {
                    if (out)
                        out[at] = ' ';
                    at++;
                }
                blank = false;
                if (out)
                    memcpy(out + at, bytes, len);
                at += len;
            }
        }
        n = at;
        if (!out)
            out = arena_alloc(a, n + 1);
    }
    return str_bytes(out, n);
}

struct str vn_fold(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t at = 0;
    bool blank = false;
    for (size_t i = 0; i < s.n;) {
        unsigned char first = (unsigned char)s.p[i];
        char f;
        if (first < 0x80) { /* two letters of three: the longer way is most of what a load of the reference data would take */
            f = ascii_fold[first];
            i++;
        } else {
            int32_t c = next_code(s, &i);
            if (c < 0)
                return STR("");
            f = fold_by_table(c);
        }
        if (f == ' ')
            blank = true;
        else if (f == '.')
            return vn_fold_by_utf8proc(a, s);
        else if (f != '-') {
            if (blank && at)
                out[at++] = ' ';
            blank = false;
            out[at++] = f;
        }
    }
    return (struct str){out, at};
}

/* --- Names -------------------------------------------------------------------------------------------------------------------- */

static bool blank_code(int32_t c) { return c == ' ' || c == '\t' || c == '\n' || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS; }

enum err vn_name(struct arena *a, struct str s, struct str *out_r)
{
    struct str nfc;
    enum err e = vn_nfc(a, s, &nfc);
    if (e)
        return e;
    bool upper = false, lower = false;
    for (size_t i = 0; i < nfc.n;) {
        utf8proc_category_t kind = utf8proc_category(next_code(nfc, &i));
        upper |= kind == UTF8PROC_CATEGORY_LU;
        lower |= kind == UTF8PROC_CATEGORY_LL;
    }
    bool one_case = upper != lower;
    utf8proc_uint8_t *out = arena_alloc(a, nfc.n * 2 + 4); /* a change of case at most doubles the bytes of a letter */
    size_t at = 0;
    bool blank = false, begins = true;
    for (size_t i = 0; i < nfc.n;) {
        int32_t c = next_code(nfc, &i);
        if (blank_code(c)) {
            blank = begins = true;
            continue;
        }
        if (blank && at)
            out[at++] = ' ';
        blank = false;
        if (one_case)
            c = begins ? utf8proc_totitle(c) : utf8proc_tolower(c);
        at += (size_t)utf8proc_encode_char(c, out + at);
        begins = c == '-' || c == '\'' || c == 0x2019; /* H'Hen Niê, Nguyễn-Phúc */
    }
    *out_r = str_bytes(out, at);
    return ERR_OK;
}

/* A letter for ordering: `place` in the alphabet with its hat, horn or bar; `tone` apart. */
struct letter {
    uint32_t place;
    int tone;
};

static bool next_letter(struct str s, size_t *i, struct letter *l_r)
{
    *l_r = (struct letter){0};
    while (*i < s.n) {
        size_t from = *i;
        int32_t c = next_code(s, i);
        if (c < 0) {
            c = (unsigned char)s.p[from];
            *i = from + 1;
        }
        utf8proc_int32_t part[FOLD_MAX];
        int boundary = 0;
        utf8proc_ssize_t n = utf8proc_decompose_char(utf8proc_tolower(c), part, FOLD_MAX, UTF8PROC_DECOMPOSE, &boundary);
        if (l_r->place && n > 0 && utf8proc_category(part[0]) != UTF8PROC_CATEGORY_MN) {
            *i = from;
            return true;
        }
        for (utf8proc_ssize_t k = 0; k < n && k < FOLD_MAX; k++) {
            switch (part[k]) {
            case 0x306: l_r->place |= 1; break; /* ă */
            case 0x302: l_r->place |= 2; break; /* â ê ô */
            case 0x31b: l_r->place |= 3; break; /* ơ ư */
            case 0x300: l_r->tone = 1; break;   /* huyền, hỏi, ngã, sắc, nặng: the dictionary's order */
            case 0x309: l_r->tone = 2; break;
            case 0x303: l_r->tone = 3; break;
            case 0x301: l_r->tone = 4; break;
            case 0x323: l_r->tone = 5; break;
            case 0x111: l_r->place = 'd' << 2 | 1; break;
            default:
                if (utf8proc_category(part[k]) != UTF8PROC_CATEGORY_MN)
                    l_r->place = (uint32_t)part[k] << 2;
            }
        }
    }
    return l_r->place != 0 || l_r->tone != 0;
}

/* Letters of the whole first, tones only where all letters are the same. */
static int words_cmp(struct str a, struct str b)
{
    int tones = 0;
    for (size_t i = 0, j = 0;;) {
        struct letter x, y;
        bool more_a = next_letter(a, &i, &x), more_b = next_letter(b, &j, &y);
        if (!more_a || !more_b)
            return more_a != more_b ? (more_a ? 1 : -1) : tones;
        if (x.place != y.place)
            return x.place < y.place ? -1 : 1;
        if (!tones)
            tones = (x.tone > y.tone) - (x.tone < y.tone);
    }
}

static struct str given_name(struct str s, struct str *rest_r)
{
    s = str_trim(s);
    size_t from = s.n;
    while (from && s.p[from - 1] != ' ')
        from--;
    *rest_r = str_trim(str_sub(s, 0, from));
    return str_sub(s, from, s.n);
}

int vn_name_cmp(struct str a, struct str b)
{
    struct str rest_a, rest_b, given_a = given_name(a, &rest_a), given_b = given_name(b, &rest_b);
    int c = words_cmp(given_a, given_b);
    if (!c)
        c = words_cmp(rest_a, rest_b);
    return c ? c : str_cmp(a, b);
}

/* --- Numbers ------------------------------------------------------------------------------------------------------------------ */

enum { WORDS_MAX = 512 };
static void word(char *out, size_t *at, const char *w)
{
    size_t n = strlen(w);
    if (*at)
        out[(*at)++] = ' ';
    memcpy(out + *at, w, n);
    *at += n;
}

/* 0 … 999; `full` says the hundreds and tens even when they are nought, as behind a larger group. */
static void three_digits(char *out, size_t *at, int v, bool full)
{
    static const char *const digit[] = {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"};
    int hundreds = v / 100, tens = v / 10 % 10, units = v % 10;
    if (hundreds || full) {
        word(out, at, digit[hundreds]);
        word(out, at, "trăm");
    }
    if (tens >= 2) {
        word(out, at, digit[tens]);
        word(out, at, "mươi");
    } else if (tens == 1)
        word(out, at, "mười");
    else if (units && (hundreds || full))
        word(out, at, "lẻ");
    if (units == 1 && tens >= 2)
        word(out, at, "mốt");
    else if (units == 5 && tens)
        word(out, at, "lăm");
    else if (units)
        word(out, at, digit[units]);
}

static void below_milliard(char *out, size_t *at, int64_t v, bool full)
{
    static const struct {
        int64_t size;
        const char *name;
    } group[] = {{1000000, "triệu"}, {1000, "nghìn"}, {1, NULL}};
    for (size_t g = 0; g < ARRAY_LEN(group); g++) {
        int digits = (int)(v / group[g].size % 1000);
        if (!digits)
            continue;
        three_digits(out, at, digits, full);
        if (group[g].name)
            word(out, at, group[g].name);
        full = true;
    }
}

struct str vn_number_words(struct arena *a, int64_t n)
{
    enum { MILLIARD = 1000000000 };
    char out[WORDS_MAX];
    size_t at = 0;
    if (n < 0 || n > (int64_t)1000000 * MILLIARD)
        return STR("");
    if (n == 0)
        word(out, &at, "không");
    if (n >= MILLIARD) {
        below_milliard(out, &at, n / MILLIARD, false);
        word(out, &at, "tỷ");
    }
    below_milliard(out, &at, n % MILLIARD, n >= MILLIARD);
    if (out[0] >= 'a' && out[0] <= 'z') /* no number begins with a letter outside ASCII */
        out[0] = (char)(out[0] - 'a' + 'A');
    return str_dup(a, (struct str){out, at});
}

struct str vn_number(struct arena *a, int64_t n)
{
    char out[32];
    size_t i = sizeof out, digits = 0;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        if (digits && digits % 3 == 0)
            out[--i] = '.';
        out[--i] = (char)('0' + u % 10);
        digits++;
    } while (u /= 10);
    if (n < 0)
        out[--i] = '-';
    return str_dup(a, (struct str){out + i, sizeof out - i});
}
