/* See citizen_line.h. */
#include "face/counter/citizen_line.h"
#include "base/buf.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdio.h>

enum { WORD_MAX = 24, PARTS_MAX = 9 };

/* --- undoing an input method --- */

struct letter {
    char base;  /* ASCII letter as typed */
    char shape; /* 0, '^' (â ê ô), '(' (ă), '+' (ơ ư), '-' (đ) */
};
struct spelling {
    struct letter letter[WORD_MAX];
    size_t n;
    int tone; /* 0 none, 1 sắc … 5 nặng */
    bool changed;
};

static char small(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool is_letter(char c) { return small(c) >= 'a' && small(c) <= 'z'; }
static bool is_vowel(char c) { return c && strchr("aeiouy", small(c)) != NULL; }

/* The vowels of the syllable: [from, to). "qu" and "gi" before another vowel begin with consonants. */
static void vowels(const struct spelling *s, size_t *from_r, size_t *to_r)
{
    size_t i = 0;
    while (i < s->n && !is_vowel(s->letter[i].base))
        i++;
    if (i > 0 && i + 1 < s->n && is_vowel(s->letter[i + 1].base)
        && ((small(s->letter[i - 1].base) == 'q' && small(s->letter[i].base) == 'u') || (small(s->letter[i - 1].base) == 'g' && small(s->letter[i].base) == 'i')))
        i++;
    *from_r = i;
    while (i < s->n && is_vowel(s->letter[i].base))
        i++;
    *to_r = i;
}

/* Where the tone is written: on the last shaped vowel; else before a final consonant on the last vowel, else on the last but one. */
static size_t tone_place(const struct spelling *s)
{
    size_t from, to;
    vowels(s, &from, &to);
    for (size_t i = to; i > from; i--)
        if (s->letter[i - 1].shape)
            return i - 1;
    size_t n = to - from;
    return n == 0 ? s->n : n == 1 || to < s->n ? to - 1 : to - 2;
}

static struct str written(struct arena *a, const struct spelling *s, struct str as_typed)
{
    static const char *const tones[] = {"", "\xcc\x81", "\xcc\x80", "\xcc\x89", "\xcc\x83", "\xcc\xa3"};
    struct buf b _buf_ = BUF_MAX(WORD_MAX * 6);
    size_t tone_at = s->tone ? tone_place(s) : s->n;
    struct str out;
    if (!s->changed || (s->tone && tone_at >= s->n))
        return as_typed;
    for (size_t i = 0; i < s->n; i++) {
        const struct letter *l = &s->letter[i];
        if (l->shape == '-')
            buf_c(&b, l->base == 'D' ? "Đ" : "đ");
        else
            buf_char(&b, l->base);
        buf_c(&b, l->shape == '^' ? "\xcc\x82" : l->shape == '(' ? "\xcc\x86" : l->shape == '+' ? "\xcc\x9b" : "");
        if (i == tone_at)
            buf_c(&b, tones[s->tone]);
    }
    return vn_nfc(a, buf_view(&b), &out) ? as_typed : out;
}

/* Gives the last letter that may take it a shape; uo takes the horn on both. */
static bool shape(struct spelling *s, const char *bases, char how)
{
    for (size_t i = s->n; i > 0; i--) {
        struct letter *l = &s->letter[i - 1];
        if (!strchr(bases, small(l->base)) || l->shape)
            continue;
        l->shape = how;
        if (how == '+' && small(l->base) == 'o' && i > 1 && small(s->letter[i - 2].base) == 'u' && !s->letter[i - 2].shape && (i < 3 || small(s->letter[i - 3].base) != 'q'))
            s->letter[i - 2].shape = '+';
        s->changed = true;
        return true;
    }
    return false;
}

static bool has_vowel(const struct spelling *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (is_vowel(s->letter[i].base))
            return true;
    return false;
}

static bool telex_key(struct spelling *s, char c)
{
    static const char tones[] = "sfrxj";
    const char k = small(c), *tone = strchr(tones, k);
    if (tone && has_vowel(s)) {
        s->tone = (int)(tone - tones) + 1;
        return s->changed = true;
    }
    if (k == 'w')
        return shape(s, "uoa", s->n && small(s->letter[s->n - 1].base) == 'a' ? '(' : '+');
    if (k == 'd' && s->n && small(s->letter[0].base) == 'd')
        return shape(s, "d", '-');
    if (k == 'a' || k == 'e' || k == 'o')
        for (size_t i = s->n; i > 0; i--)
            if (small(s->letter[i - 1].base) == k && !s->letter[i - 1].shape) {
                s->letter[i - 1].shape = '^';
                return s->changed = true;
            }
    return false;
}

static bool vni_key(struct spelling *s, char c)
{
    if (c >= '1' && c <= '5') {
        s->tone = c - '0';
        return s->changed = true;
    }
    return c == '6' ? shape(s, "aeo", '^') : c == '7' ? shape(s, "uo", '+') : c == '8' ? shape(s, "a", '(') : c == '9' ? shape(s, "d", '-') : false;
}

static struct str undo(struct arena *a, struct str word, bool (*key)(struct spelling *s, char c), bool digits)
{
    struct spelling s = {.n = 0};
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (!is_letter(c) && !(digits && c >= '1' && c <= '9'))
            return word;
        if (s.n && key(&s, c))
            continue;
        if (!is_letter(c) || s.n == WORD_MAX)
            return word;
        s.letter[s.n++] = (struct letter){c, 0};
    }
    return written(a, &s, word);
}

struct str telex_word(struct arena *a, struct str word) { return undo(a, word, telex_key, false); }
struct str vni_word(struct arena *a, struct str word) { return undo(a, word, vni_key, true); }

/* --- is it a name? --- */

enum method { AS_WRITTEN, TELEX, VNI, BROKEN };

/* A Vietnamese syllable never ends in these, holds no w, and no two a or e in a row: whoever typed so meant marks. */
static bool telex_left(struct str word)
{
    bool vowel = false;
    for (size_t i = 0; i < word.n; i++) {
        char c = small(word.p[i]), next = i + 1 < word.n ? small(word.p[i + 1]) : 0;
        if (c == 'w' || (vowel && strchr("sfrxj", c)) || (strchr("aeod", c) && c == next))
            return true;
        vowel |= is_vowel(c) || (unsigned char)c >= 0x80;
    }
    return false;
}

static enum method method_of(struct str name)
{
    struct str rest = name, word;
    enum method m = AS_WRITTEN;
    while (str_next(&rest, ' ', &word)) {
        for (size_t i = 0; i < word.n; i++) {
            unsigned char c = (unsigned char)word.p[i];
            if (c >= '0' && c <= '9')
                m = VNI;
            else if (c < 0x80 && !is_letter((char)c) && c != '\'' && c != '-' && c != '.')
                return BROKEN;
        }
        if (m == AS_WRITTEN && telex_left(word))
            m = TELEX;
    }
    return m;
}

static struct str words_undone(struct arena *a, struct str text, enum method m)
{
    struct buf b _buf_ = BUF_MAX(4000);
    struct str rest = text, word;
    if (m != TELEX && m != VNI)
        return text;
    while (str_next(&rest, ' ', &word)) {
        size_t end = word.n;
        while (end && !is_letter(word.p[end - 1]) && !(word.p[end - 1] >= '0' && word.p[end - 1] <= '9') && (unsigned char)word.p[end - 1] < 0x80)
            end--; /* "Lan," */
        struct str core = str_sub(word, 0, end);
        if (b.n)
            buf_char(&b, ' ');
        buf_str(&b, m == TELEX ? telex_word(a, core) : vni_word(a, core));
        buf_str(&b, str_sub(word, end, word.n));
    }
    return str_dup(a, buf_view(&b));
}

/* --- the line --- */

static struct str digits_of(struct arena *a, struct str s)
{
    struct buf b _buf_ = BUF_MAX(64);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            buf_char(&b, s.p[i]);
    return str_dup(a, buf_view(&b));
}

static struct str date_of(struct arena *a, struct str s)
{
    struct str d = digits_of(a, s);
    int64_t day;
    if (d.n != 8)
        return STR("");
    struct str iso = str_printf(a, "%.4s-%.2s-%.2s", d.p + 4, d.p + 2, d.p);
    return date_parse(iso, &day) ? iso : STR("");
}

/* "Nam", "Nữ", also broken ("Nuwx", "Nu74"); else by the fourth digit of the number. */
static struct str sex_of(struct arena *a, struct str word, struct str number)
{
    struct str w = vn_fold(a, word);
    if (str_has_prefix(w, STR("nam")))
        return STR("male");
    if (str_has_prefix(w, STR("nu")))
        return STR("female");
    return (number.p[3] - '0') % 2 ? STR("female") : STR("male");
}

bool citizen_line_read(struct arena *a, struct str line, struct citizen_line *out)
{
    struct str part[PARTS_MAX], rest = str_trim(line);
    size_t n = 0;
    *out = (struct citizen_line){STR(""), STR(""), STR(""), STR(""), STR(""), false};
    while (n < PARTS_MAX && str_next(&rest, '|', &part[n]))
        n++;
    if (n < 3)
        return false;
    struct str number = digits_of(a, part[0]);
    if (number.n != 12 || str_trim(part[0]).n > 16)
        return false;
    out->number = number;
    enum method m = method_of(str_trim(part[2]));
    struct str name = words_undone(a, str_trim(part[2]), m);
    out->doubtful = !name.n || m == BROKEN || method_of(name) != AS_WRITTEN;
    if (m == BROKEN || vn_name(a, name, &out->name))
        out->name = STR("");
    out->birth = n > 3 ? date_of(a, part[3]) : STR("");
    out->sex = sex_of(a, n > 4 ? part[4] : STR(""), number);
    out->address = n > 5 ? words_undone(a, str_trim(part[5]), m) : STR("");
    return true;
}
