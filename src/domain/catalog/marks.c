/* Words and their marks. Search finds folded words; marks only decide the order. A word's marks are hashed by letter shape (â ă ơ đ) at
 * its place and by its tone anywhere, so that "hòa" and "hoà" are the same, and only words that fold alike are ever compared. */
#include "catalog_private.h"
#include "base/vn.h"
#include <utf8proc.h>

enum { LETTERS = 0x2000 };

void marks_init(struct catalog *c)
{
    c->letter = catalog_alloc(c, LETTERS * sizeof *c->letter);
    for (utf8proc_int32_t cp = 0xC0; cp < LETTERS; cp++) {
        utf8proc_int32_t part[8];
        int boundary = 0;
        utf8proc_ssize_t n = utf8proc_decompose_char(cp, part, 8, UTF8PROC_DECOMPOSE, &boundary);
        uint32_t marks = cp == 0x110 || cp == 0x111 ? 8 : 0;
        for (utf8proc_ssize_t i = cp >= 0x300 && cp < 0x370 ? 0 : 1; i < n && i < 8; i++)
            switch (part[i]) {
            case 0x300: marks |= 1u << 8; break; /* tones */
            case 0x301: marks |= 2u << 8; break;
            case 0x303: marks |= 3u << 8; break;
            case 0x309: marks |= 4u << 8; break;
            case 0x323: marks |= 5u << 8; break;
            case 0x302: marks |= 1; break;       /* shapes */
            case 0x306: marks |= 2; break;
            case 0x31B: marks |= 4; break;
            default: marks |= 16;
            }
        c->letter[cp] = marks;
    }
}

struct str word_key(struct str folded, char room[48])
{
    size_t n = folded.n;
    /* ký, lý, mỹ, quý are also written kí, lí, mĩ, quí */
    if (n >= 2 && n <= 3 && folded.p[n - 1] == 'y') {
        char before = folded.p[n - 2];
        bool vowel = before == 'a' || before == 'e' || before == 'o' || (before == 'u' && !(n == 3 && folded.p[0] == 'q'));
        if (!vowel) {
            memcpy(room, folded.p, n);
            room[n - 1] = 'i';
            return (struct str){room, n};
        }
    }
    return folded;
}

/* The next piece of letters and digits, with the hash of its marks; the same separators as vn_fold for all that occurs in names. */
static bool next_piece(const struct catalog *c, struct str *rest, uint16_t *mark_r)
{
    const unsigned char *p = (const unsigned char *)rest->p, *end = p + rest->n;
    uint32_t tone = 0, shapes = 0, place = 0;
    bool any = false;
    while (p < end) {
        uint32_t cp = *p;
        size_t len = cp < 0x80 ? 1 : cp < 0xE0 ? 2 : cp < 0xF0 ? 3 : 4;
        if ((size_t)(end - p) < len)
            break;
        if (len == 2)
            cp = (cp & 31) << 6 | (p[1] & 63);
        else if (len == 3)
            cp = (cp & 15) << 12 | (p[1] & 63u) << 6 | (p[2] & 63);
        else if (len == 4)
            cp = 0xFFFF;
        bool combining = cp >= 0x300 && cp < 0x370;
        bool letter = len == 1 ? (cp >= '0' && cp <= '9') || ((cp | 32) >= 'a' && (cp | 32) <= 'z')
                               : cp >= 0xC0 && (cp < 0x2000 || cp > 0x206F) && cp != 0xD7 && cp != 0xF7;
        if (!letter) {
            if (any)
                break;
        } else {
            any = true;
            place += !combining;
            uint32_t marks = cp < LETTERS ? c->letter[cp] : 0;
            if (marks >> 8)
                tone = marks >> 8;
            if (marks & 0xff)
                shapes = (shapes ^ (marks & 0xff) ^ place << 8) * 0x9E3779B1u;
        }
        p += len;
    }
    *rest = (struct str){(const char *)p, (size_t)(end - p)};
    uint32_t h = (shapes >> 16 ^ tone * 0x2545u) & 0xffff;
    *mark_r = tone || shapes ? (uint16_t)(h ? h : 1) : 0;
    return any;
}

size_t words_of(const struct catalog *c, struct arena *a, struct str text, struct str folded, struct word *out, size_t max)
{
    size_t n = 0, pieces = 0;
    struct str rest = folded, word;
    while (n < max && rest.n && str_next(&rest, ' ', &word)) {
        char room[48];
        struct str key = word_key(word, room);
        out[n++] = (struct word){key.p == room ? str_dup(a, key) : key, 0};
    }
    bool all = rest.n == 0;
    rest = text;
    uint16_t mark;
    while (pieces < n && next_piece(c, &rest, &mark))
        out[pieces++].mark = mark;
    if (pieces != n || (all && next_piece(c, &rest, &mark)))
        for (size_t i = 0; i < n; i++)
            out[i].mark = 0; /* taken apart otherwise (a ligature, a fraction): then without marks */
    return n;
}
