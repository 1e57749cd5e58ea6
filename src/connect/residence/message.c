/* Bodies of the residence system's messages, out of a dossier and back. Pure. See residence.h. */
#include "base/timex.h"
#include "connect/residence/residence_private.h"
#include <stdio.h>

#define MODULE "CT" /* cư trú; the documented ones are KS, KT, KH for civil status */

static void put(json_t *o, const char *key, struct str v) { json_object_set_new(o, key, json_stringn(v.p ? v.p : "", v.n)); }

static struct str get(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? str_bytes(json_string_value(v), json_string_length(v)) : STR("");
}

static const json_t *owner_of(const json_t *personal)
{
    size_t i;
    const json_t *p;
    json_array_foreach(json_object_get(personal, "parties"), i, p) {
        if (str_is(get(p, "role"), "owner"))
            return p;
    }
    return NULL;
}

/* "1990-05-07" → "07.05.1990" */
static struct str dotted(struct arena *a, struct str date)
{
    return date.n == 10 ? str_printf(a, "%.2s.%.2s.%.4s", date.p + 8, date.p + 5, date.p) : STR("");
}

static struct str declared(struct arena *a, const json_t *owner)
{
    struct str text = STR(""), sex = get(owner, "sex");
    json_t *o = arena_json(a, json_object());
    put(o, "nycHoTen", get(owner, "name"));
    put(o, "nycNgaySinh", dotted(a, get(owner, "birth_date")));
    put(o, "nycSoDDCN", get(owner, "id_number"));
    put(o, "nycSoDienThoai", get(owner, "phone"));
    put(o, "nycNoiCuTru", get(owner, "address"));
    put(o, "nycGioiTinh", str_is(sex, "male") ? STR("1") : str_is(sex, "female") ? STR("2") : STR("3"));
    return canonical_json(a, o, &text) ? STR("") : text;
}

enum err residence_message(struct arena *a, struct id id, const struct dossier *d, const json_t *personal, struct str *body_r)
{
    char key[37];
    struct civil c = time_civil(d->received_at);
    const json_t *owner = owner_of(personal);
    if (!owner)
        return ERR_NOT_FOUND;
    id_format(id, key);
    json_t *o = arena_json(a, json_object());
    put(o, "maThongDiep", str_of(key));
    put(o, "module", STR(MODULE));
    put(o, "maHoSoMCDT", d->code);
    put(o, "maHoSoLT", d->linked_from);
    put(o, "maDonVi", d->competent_unit);
    put(o, "maTTHC", d->procedure);
    put(o, "ngayTiepNhan", str_printf(a, "%02d/%02d/%04d %02d:%02d:%02d", c.day, c.month, c.year, c.hour, c.minute, c.second));
    put(o, "data", declared(a, owner));
    json_object_set_new(o, "fileDinhKem", json_array());
    return canonical_json(a, o, body_r);
}

enum err residence_query(struct arena *a, const struct dossier *d, struct str *body_r)
{
    json_t *o = arena_json(a, json_object()), *codes = json_array();
    json_array_append_new(codes, json_stringn(d->code.p, d->code.n));
    json_object_set_new(o, "maDinhDanhHoSo", codes);
    put(o, "maTinh", d->competent_province);
    put(o, "module", STR(MODULE));
    return canonical_json(a, o, body_r);
}

static enum err read_row(struct arena *a, const json_t *row, struct residence_outcome *out)
{
    const json_t *state = json_object_get(row, "trangThai");
    if (!json_is_integer(state))
        return ERR_MALFORMED;
    if (get(row, "errors").n)
        return str_is(get(row, "errors"), "UNKNOWN_DOSSIER") ? ERR_NOT_FOUND : ERR_MALFORMED;
    *out = (struct residence_outcome){.state = json_integer_value(state), .words = str_dup(a, get(row, "noiDungXuLy")), .number = STR(""), .result_code = STR("")};
    struct str result = get(row, "ketQuaXuLy");
    if (!result.n)
        return ERR_OK;
    const json_t *r = arena_json(a, json_loadb(result.p, result.n, JSON_REJECT_DUPLICATES, NULL));
    if (!json_is_object(r))
        return ERR_MALFORMED;
    out->number = get(r, "soDangKy");
    out->result_code = get(r, "maGiayToKetQua");
    return ERR_OK;
}

enum err residence_read_outcome(struct arena *a, struct str body, struct str code, struct residence_outcome *out)
{
    const json_t *j = arena_json(a, json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL)), *rows = json_object_get(j, "value"), *row;
    size_t i;
    if (!str_is(get(j, "status"), "1") || !json_is_array(rows))
        return ERR_MALFORMED;
    json_array_foreach(rows, i, row) {
        if (str_eq(get(row, "maHoSoMCDT"), code))
            return read_row(a, row, out);
    }
    return ERR_MALFORMED;
}
