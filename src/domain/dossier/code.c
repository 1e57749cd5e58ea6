/* Codes as people type them: from a receipt, from memory, over the telephone. See dossier.h. */
#include "domain/dossier/dossier.h"

enum { TYPED_MAX = 80, GROUPS_MAX = 10, DAY_AND_NUMBER = 2 };

static bool digits_of_day(struct str s) { return s.n == 6 && str_all_digits(s); }

/* Letters and digits, in capitals; whatever stands between them only parts them. */
static size_t groups_of(struct arena *a, struct str typed, struct str group[GROUPS_MAX])
{
    char *p = arena_alloc(a, typed.n + 1);
    size_t n = 0;
    bool within = false;
    for (size_t i = 0; i < typed.n; i++) {
        unsigned char c = (unsigned char)typed.p[i];
        bool small = c >= 'a' && c <= 'z';
        if (!small && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            within = false;
            continue;
        }
        if (!within && n == GROUPS_MAX)
            return 0;
        if (!within)
            group[n++] = (struct str){p, 0};
        within = true;
        *p++ = (char)(small ? c - 'a' + 'A' : c);
        group[n - 1].n++;
    }
    return n;
}

struct str dossier_code_typed(struct arena *a, struct str typed)
{
    struct str group[GROUPS_MAX];
    size_t n = typed.n <= TYPED_MAX ? groups_of(a, typed, group) : 0;
    bool result = n && str_is(group[0], "KQ");
    size_t first = result, last = n - result; /* the place of a result comes after the code of the dossier */
    if (last < first + DAY_AND_NUMBER + 1 || !digits_of_day(group[last - DAY_AND_NUMBER]))
        return typed;
    struct str code = group[0];
    for (size_t i = 1; i < n; i++)
        code = str_printf(a, "%.*s%c%.*s", PRS(code), i < last && i >= last - DAY_AND_NUMBER ? '-' : '.', PRS(group[i]));
    return code;
}
