/* See party.h. */
#include "domain/party/party.h"
#include "base/timex.h"
#include "base/vn.h"
#include <stdio.h>

static const char *const roles[] = {"owner", "submitter", "representative", "subject", "spouse", "parent", "child", "guardian",
                                    "witness", "co_owner", "heir", "other"};

bool party_role_known(struct str role)
{
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (str_is(role, roles[i]))
            return true;
    return false;
}

enum { PLACE_FIRST = 1, PLACE_LAST = 96, PLACE_REHEARSAL = 99 };

const char *personal_number_complaint(struct str number, struct str sex, int64_t birth_day, bool rehearsal)
{
    int64_t place;
    if (number.n != 12 || !str_all_digits(number))
        return "party.personal-number-form";
    str_to_i64(str_sub(number, 0, 3), &place);
    if (rehearsal ? place != PLACE_REHEARSAL : place < PLACE_FIRST || place > PLACE_LAST)
        return rehearsal ? "party.personal-number-rehearsal" : "party.personal-number-place";
    int century_sex = number.p[3] - '0';
    if (sex.n && (century_sex % 2 == 0) != str_is(sex, "male"))
        return "party.personal-number-sex";
    if (birth_day != INT64_MIN) {
        int y, m, d;
        civil_from_days(birth_day, &y, &m, &d);
        if (y / 100 != 19 + century_sex / 2 || y % 100 != (number.p[4] - '0') * 10 + number.p[5] - '0')
            return "party.personal-number-birth";
    }
    return "";
}

const char *tax_code_complaint(struct str code)
{
    static const int weight[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    struct str base = str_sub(code, 0, 10), branch = str_sub(code, 10, code.n);
    if (code.n == 12 && str_all_digits(code))
        return "";
    if (branch.n == 4 && branch.p[0] == '-')
        branch = str_sub(branch, 1, 3);
    if (!str_all_digits(base) || base.n != 10 || (branch.n && (branch.n != 3 || !str_all_digits(branch))))
        return "party.tax-code-form";
    int sum = 0;
    for (int i = 0; i < 9; i++)
        sum += (base.p[i] - '0') * weight[i];
    int check = 10 - sum % 11;
    return check == base.p[9] - '0' ? "" : "party.tax-code-check";
}

bool phone_normalise(struct str in, char out[16])
{
    size_t n = 0;
    bool plus = false;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '+' && n == 0 && !plus)
            plus = true;
        else if (c >= '0' && c <= '9') {
            if (n >= 14)
                return false;
            out[n++] = c;
        } else if (c != ' ' && c != '.' && c != '-' && c != '(' && c != ')')
            return false;
    }
    out[n] = '\0';
    if (plus || (n > 10 && strncmp(out, "84", 2) == 0)) {
        if (strncmp(out, "84", 2) != 0)
            return false;
        out[1] = '0';
        memmove(out, out + 1, n); /* with its NUL */
        n--;
    }
    if (out[0] != '0')
        return false;
    return out[1] == '2' ? n == 11 || n == 10 : n == 10 && strchr("35789", out[1]) != NULL;
}

bool email_plausible(struct str in)
{
    ptrdiff_t at = str_find_char(in, '@');
    if (at < 1 || in.n > 120)
        return false;
    struct str domain = str_sub(in, (size_t)at + 1, in.n);
    ptrdiff_t dot = str_find_char(domain, '.');
    if (dot < 1 || (size_t)dot + 1 >= domain.n || str_find_char(domain, '@') >= 0)
        return false;
    for (size_t i = 0; i < in.n; i++)
        if ((unsigned char)in.p[i] <= ' ' || (unsigned char)in.p[i] >= 0x7f || strchr("<>()[],;:\"\\", in.p[i]))
            return false;
    return true;
}

struct checking {
    const struct party_context *c;
    const json_t *in;
    json_t *out;
    const char *pointer;
    struct fail *f;
};

static void complain(struct checking *k, const char *field, const char *code)
{
    char pointer[96];
    snprintf(pointer, sizeof pointer, "%s%s%s", k->pointer, field[0] ? "/" : "", field);
    fail_add(k->f, ERR_INVALID, NULL, pointer, code, NULL);
}

/* What no name or address is written with: line breaks, emoji and the signs that join them. UTF-8 in NFC. */
static bool single_line(struct str s)
{
    static const char *const never[] = {"\n", "\t", "\xf0\x9f" /* U+1F000 … */, "\xe2\x80\x8d" /* joiner */, "\xef\xb8\x8f" /* emoji variant */};
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (str_find(s, str_of(never[i])) >= 0)
            return false;
    return true;
}

/* A text field in NFC, trimmed; absent and null give "". Complains of other types, of control characters and of length. */
static struct str text(struct checking *k, const char *field, size_t max)
{
    const json_t *v = json_object_get(k->in, field);
    struct str s;
    if (!v || json_is_null(v))
        return STR("");
    if (!json_is_string(v)) {
        complain(k, field, "field.not-text");
        return STR("");
    }
    if (vn_nfc(k->c->arena, str_bytes(json_string_value(v), json_string_length(v)), &s)) {
        complain(k, field, "field.characters");
        return STR("");
    }
    s = str_trim(s);
    if (!single_line(s)) {
        complain(k, field, "field.characters");
        return STR("");
    }
    if (s.n > max) {
        complain(k, field, "field.too-long");
        return STR("");
    }
    return s;
}

static void keep(struct checking *k, const char *field, struct str value)
{
    if (value.n)
        json_object_set_new(k->out, field, json_stringn(value.p, value.n));
}

static int64_t birth_date(struct checking *k)
{
    struct str s = text(k, "birth_date", 10);
    int64_t day = INT64_MIN;
    if (!s.n)
        return day;
    if (!date_parse(s, &day) || day > k->c->today || day < k->c->today - 140 * 366) {
        complain(k, "birth_date", "party.birth-date");
        return INT64_MIN;
    }
    keep(k, "birth_date", s);
    return day;
}

static bool passport_form(struct str s)
{
    if (s.n < 6 || s.n > 15)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9')))
            return false;
    return true;
}

struct str party_number_neat(struct arena *a, struct str raw)
{
    char *number = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) /* people type blanks and dots into numbers */
        if (raw.p[i] != ' ' && raw.p[i] != '.')
            number[n++] = raw.p[i] >= 'a' && raw.p[i] <= 'z' ? (char)(raw.p[i] - 32) : raw.p[i];
    return (struct str){number, n};
}

static void identifier(struct checking *k, struct str sex, int64_t birth_day)
{
    struct str type = text(k, "id_type", 40), raw = text(k, "id_number", 40);
    if (!type.n && !raw.n)
        return; /* a newborn has no number yet */
    if (!raw.n) {
        complain(k, "id_number", "field.required");
        return;
    }
    if (!type.n) {
        complain(k, "id_type", "field.required");
        return;
    }
    struct str value = party_number_neat(k->c->arena, raw);
    const char *wrong;
    if (str_is(type, "personal_number"))
        wrong = personal_number_complaint(value, sex, birth_day, k->c->rehearsal);
    else if (str_is(type, "tax_code"))
        wrong = tax_code_complaint(value);
    else if (str_is(type, "passport") || str_is(type, "other"))
        wrong = passport_form(value) ? "" : "party.passport-form";
    else {
        complain(k, "id_type", "party.id-type");
        return;
    }
    if (wrong[0])
        complain(k, "id_number", wrong);
    keep(k, "id_type", type);
    keep(k, "id_number", value);
}

static struct str json_str(const json_t *v)
{
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

json_t *party_check(const struct party_context *c, const json_t *in, const char *pointer, struct fail *f)
{
    struct checking k = {c, in, json_object(), pointer, f};
    size_t before = f->n;
    if (!json_is_object(in)) {
        complain(&k, "", "field.not-object");
        json_decref(k.out);
        return NULL;
    }
    struct str role = text(&k, "role", 40), kind = text(&k, "kind", 20), name = text(&k, "name", PARTY_NAME_MAX), sex = text(&k, "sex", 10);
    if (!party_role_known(role))
        complain(&k, "role", role.n ? "party.role" : "field.required");
    keep(&k, "role", role);
    if (!str_is(kind, "person") && !str_is(kind, "organisation"))
        complain(&k, "kind", kind.n ? "party.kind" : "field.required");
    keep(&k, "kind", kind);
    struct str neat = name;
    if (!name.n)
        complain(&k, "name", "field.required");
    else if (str_is(kind, "person") && vn_name(c->arena, name, &neat))
        complain(&k, "name", "field.characters");
    keep(&k, "name", neat);
    if (sex.n && !str_is(sex, "male") && !str_is(sex, "female") && !str_is(sex, "other"))
        complain(&k, "sex", "party.sex");
    keep(&k, "sex", sex);
    int64_t born = birth_date(&k);
    identifier(&k, str_is(sex, "other") ? STR_NONE : sex, born);
    if (str_is(kind, "organisation")) {
        if (sex.n)
            complain(&k, "sex", "party.not-for-organisation");
        if (born != INT64_MIN)
            complain(&k, "birth_date", "party.not-for-organisation");
        if (str_is(json_str(json_object_get(in, "id_type")), "personal_number") || str_is(json_str(json_object_get(in, "id_type")), "passport"))
            complain(&k, "id_type", "party.not-for-organisation");
    }
    struct str phone = text(&k, "phone", 30), email = text(&k, "email", 120);
    char digits[16];
    if (phone.n && !phone_normalise(phone, digits))
        complain(&k, "phone", "party.phone");
    else if (phone.n)
        keep(&k, "phone", str_of(digits));
    if (email.n && !email_plausible(email))
        complain(&k, "email", "party.email");
    keep(&k, "email", email);
    keep(&k, "address", text(&k, "address", PARTY_TEXT_MAX));
    keep(&k, "territory", text(&k, "territory", 10));
    keep(&k, "ethnicity", text(&k, "ethnicity", 40));
    keep(&k, "nationality", text(&k, "nationality", 60));
    if (f->n > before) {
        json_decref(k.out);
        return NULL;
    }
    return k.out;
}
