/* See json_slice.h. A value's end is found by counting brackets outside strings; depth is bounded by the text's length, not the stack. */
#include "json_slice.h"

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* p stands on the opening quote; returns beyond the closing one, or NULL. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end;) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (!quote)
            return NULL;
        size_t slashes = 0;
        while (quote - slashes > p && quote[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        p = quote + 1;
        if (slashes % 2 == 0)
            return p;
    }
    return NULL;
}

static const char *skip_value(const char *p, const char *end)
{
    if (p == end)
        return NULL;
    if (*p == '"')
        return skip_string(p, end);
    if (*p == '{' || *p == '[') {
        size_t depth = 0;
        while (p < end) {
            if (*p == '"') {
                if (!(p = skip_string(p, end)))
                    return NULL;
                continue;
            }
            if (*p == '{' || *p == '[')
                depth++;
            else if ((*p == '}' || *p == ']') && --depth == 0)
                return p + 1;
            p++;
        }
        return NULL;
    }
    const char *start = p;
    while (p < end && *p != ',' && *p != '}' && *p != ']' && *p != ' ' && *p != '\n')
        p++;
    return p > start ? p : NULL;
}

/* Steps over the opening bracket or a comma; false at the closing bracket. */
static bool step(struct str *rest, char open, char close, const char **p_r, bool *bad_r)
{
    const char *end = rest->p + rest->n, *p = skip_space(rest->p, end);
    if (rest->p == NULL || rest->n == 0)
        return false;
    if (p == end || (*p != open && *p != ',' && *p != close)) {
        *bad_r = true;
        return false;
    }
    bool opening = *p == open;
    if (*p == close)
        return false;
    p = skip_space(p + 1, end);
    if (opening && p < end && *p == close)
        return false;
    *p_r = p;
    return true;
}

static bool take_value(struct str *rest, const char *p, struct str *value_r, bool *bad_r)
{
    const char *end = rest->p + rest->n, *after = skip_value(p, end);
    if (!after) {
        *bad_r = true;
        return false;
    }
    *value_r = (struct str){p, (size_t)(after - p)};
    *rest = (struct str){after, (size_t)(end - after)};
    return true;
}

bool json_next_item(struct str *rest, struct str *value_r, bool *bad_r)
{
    const char *p;
    return step(rest, '[', ']', &p, bad_r) && take_value(rest, p, value_r, bad_r);
}

bool json_next_member(struct str *rest, struct str *key_r, struct str *value_r, bool *bad_r)
{
    const char *p, *end = rest->p + rest->n;
    if (!step(rest, '{', '}', &p, bad_r))
        return false;
    const char *after = p < end && *p == '"' ? skip_string(p, end) : NULL;
    const char *colon = after ? skip_space(after, end) : NULL;
    if (!colon || colon == end || *colon != ':') {
        *bad_r = true;
        return false;
    }
    *key_r = (struct str){p + 1, (size_t)(after - p - 2)};
    return take_value(rest, skip_space(colon + 1, end), value_r, bad_r);
}

static int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static size_t put_utf8(char *out, uint32_t cp)
{
    if (cp < 0x80)
        return out[0] = (char)cp, 1;
    if (cp < 0x800)
        return out[0] = (char)(0xC0 | cp >> 6), out[1] = (char)(0x80 | (cp & 63)), 2;
    if (cp < 0x10000)
        return out[0] = (char)(0xE0 | cp >> 12), out[1] = (char)(0x80 | (cp >> 6 & 63)), out[2] = (char)(0x80 | (cp & 63)), 3;
    return out[0] = (char)(0xF0 | cp >> 18), out[1] = (char)(0x80 | (cp >> 12 & 63)), out[2] = (char)(0x80 | (cp >> 6 & 63)),
           out[3] = (char)(0x80 | (cp & 63)), 4;
}

struct str json_text(struct arena *a, struct str value)
{
    if (!json_is_string(value))
        return STR_NONE;
    struct str s = {value.p + 1, value.n - 2};
    if (str_find_char(s, '\\') < 0)
        return s;
    char *out = arena_alloc(a, s.n + 1); /* an escape is never shorter than what it stands for */
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\' || i + 1 >= s.n) {
            out[n++] = s.p[i];
            continue;
        }
        char c = s.p[++i];
        switch (c) {
        case 'b': out[n++] = '\b'; break;
        case 'f': out[n++] = '\f'; break;
        case 'n': out[n++] = '\n'; break;
        case 'r': out[n++] = '\r'; break;
        case 't': out[n++] = '\t'; break;
        case 'u': {
            int hi = i + 4 < s.n ? hex4(s.p + i + 1) : -1;
            i += i + 4 < s.n ? 4 : 0;
            uint32_t cp = hi < 0 ? 0xFFFD : (uint32_t)hi;
            if (cp >= 0xD800 && cp < 0xDC00 && i + 6 < s.n && s.p[i + 1] == '\\' && s.p[i + 2] == 'u') {
                int lo = hex4(s.p + i + 3);
                if (lo >= 0xDC00 && lo < 0xE000) {
                    cp = 0x10000 + ((cp - 0xD800) << 10) + ((uint32_t)lo - 0xDC00);
                    i += 6;
                }
            }
            n += put_utf8(out + n, cp >= 0xD800 && cp < 0xE000 ? 0xFFFD : cp);
            break;
        }
        default: out[n++] = c;
        }
    }
    return (struct str){out, n};
}

int json_int(struct str value, int otherwise)
{
    int64_t v;
    return str_to_i64(value, &v) && v >= -1000000 && v <= 1000000 ? (int)v : otherwise;
}
