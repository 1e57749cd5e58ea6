/* Who there is in the rehearsal: agencies, their staff, citizens. Everybody is invented: names are put together from frequency lists, and
 * personal numbers begin with 099, which no place has. Rights come about as they do in life: the machine names each unit's first
 * administrator, who registers the others and grants them their roles. */
#include "app/demo_private.h"
#include "base/dataset.h"
#include "base/vn.h"
#include "domain/account/account.h"
#include "domain/staff/staff.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAMILIES = 24, GIVEN = 60, ACCOUNT_MAX = 2000, CITIZENS_WITH_ACCOUNT = 8 };
#define PASSWORD "tap-duot-2026"
#define FOUNDED "2025-07-01 08:00" /* the day the communes of today began: the accounts are as old */
#define TOKENS_UNTIL "2035-12-31T23:59:59+07:00"

struct person {
    const char *login, *unit, *role;
    int citizen; /* she is also citizen no … (0: none): nobody handles her own dossier */
};
static const struct person people[] = {
    {"qt.binhduc", "30292", "administrator", 0},
    {"tiepnhan.binhduc", "30292", "clerk", 0},
    {"tiepnhan2.binhduc", "30292", "clerk", 30},
    {"hotich.binhduc", "30292", "officer", 0},
    {"diachinh.binhduc", "30292", "officer", 0},
    {"truongphong.binhduc", "30292", "reviewer", 0},
    {"chutich.binhduc", "30292", "leader", 0},
    {"phochutich.binhduc", "30292", "reviewer", 0},
    {"vanthu.binhduc", "30292", "records_clerk", 0},
    {"thungan.binhduc", "30292", "cashier", 0},
    {"traketqua.binhduc", "30292", "return_clerk", 0},
    {"sohoa.binhduc", "30292", "digitiser", 0},
    {"buudien.binhduc", "30292", "postal_agent", 0},
    {"qt.rachgia", "30742", "administrator", 0},
    {"tiepnhan.rachgia", "30742", "clerk", 0},
    {"hotich.rachgia", "30742", "officer", 0},
    {"chutich.rachgia", "30742", "leader", 0},
    {"qt.ca.binhduc", "30292.CAX", "administrator", 0},
    {"cutru.binhduc", "30292.CAX", "officer", 0},
    {"truongca.binhduc", "30292.CAX", "leader", 0},
    {"qt.ttpvhcc", "91.TTPVHCC", "administrator", 0},
    {"tiepnhan.ttpvhcc", "91.TTPVHCC", "clerk", 0},
    {"thungan.ttpvhcc", "91.TTPVHCC", "cashier", 0},
    {"qt.stp", "91.STP", "administrator", 0},
    {"botro.stp", "91.STP", "officer", 0},
    {"phong.stp", "91.STP", "reviewer", 0},
    {"giamdoc.stp", "91.STP", "leader", 0},
    {"vanthu.stp", "91.STP", "records_clerk", 0},
    {"qt.sxd", "91.SXD", "administrator", 0},
    {"capphep.sxd", "91.SXD", "officer", 0},
    {"qt.angiang", "91", "administrator", 0},
    {"giamsat.angiang", "91", "supervisor", 0},
    {"qt.vpub", "91.VPUB", "administrator", 0},
    {"kstthc.vpub", "91.VPUB", "procedure_controller", 0},
    {"qt.thanhtra", "91.TTT", "administrator", 0},
    {"thanhtra.angiang", "91.TTT", "auditor", 0},
};
/* Signs for the chairman while he is away. */
static const struct {
    const char *login, *role, *unit, *procedures, *from, *to, *decision;
} away = {"phochutich.binhduc", "leader", "30292", "1.004873,1.001193", "2026-12-14T00:00:00+07:00", "2026-12-19T00:00:00+07:00", "QĐ 45/QĐ-UBND (diễn tập)"};
static const char machine_login[] = "maycutru.binhduc", machine_unit[] = "30292.CAX";

static const struct {
    const char *role, *name;
} role_names[] = {
    {"citizen", "Người dân"}, {"clerk", "Cán bộ tiếp nhận"}, {"officer", "Chuyên viên thụ lý"}, {"reviewer", "Trưởng phòng"}, {"leader", "Lãnh đạo"},
    {"records_clerk", "Văn thư"}, {"cashier", "Thu ngân"}, {"return_clerk", "Cán bộ trả kết quả"}, {"digitiser", "Cán bộ số hóa"},
    {"postal_agent", "Nhân viên bưu chính"}, {"procedure_controller", "Kiểm soát TTHC"}, {"supervisor", "Giám sát, điều hành"},
    {"administrator", "Quản trị"}, {"auditor", "Thanh tra"}, {"connector", "Kết nối hệ thống"}};

static const char *role_in_vietnamese(const char *role)
{
    for (size_t i = 0; i < ARRAY_LEN(role_names); i++)
        if (strcmp(role_names[i].role, role) == 0)
            return role_names[i].name;
    return role;
}

/* --- invented people --- */

struct somebody {
    struct str name, number, birth, phone;
    bool woman;
};

static const char *pick(const json_t *names, const char *list, size_t i, size_t among)
{
    const char *s = json_string_value(json_array_get(json_array_get(json_object_get(names, list), i % among), 0));
    return s ? s : "An";
}

/* Always the same for the same n. Strides without a common factor with the lists' lengths, so that neighbours differ. */
static struct somebody somebody(struct demo *d, size_t n)
{
    struct somebody p = {.woman = n % 2 == 1};
    int year = 1962 + (int)(n * 7 % 42), month = 1 + (int)(n * 5 % 12), day = 1 + (int)(n * 11 % 28);
    p.name = str_printf(d->a, "%s %s %s", pick(d->names, "family", n * 5, FAMILIES), pick(d->names, p.woman ? "middle_female" : "middle_male", n * 3, 12),
                        pick(d->names, p.woman ? "given_female" : "given_male", n * 7, GIVEN));
    int century = year >= 2000 ? 2 : 0;
    p.number = str_printf(d->a, "099%d%02d%06d", century + p.woman, year % 100, (int)(100000 + n * 1357 % 89000) / 10 * 10 + (int)(n % 10));
    p.birth = str_printf(d->a, "%04d-%02d-%02d", year, month, day);
    p.phone = str_printf(d->a, "09%08d", (int)(10000000 + n * 7654321 % 89999999));
    return p;
}

struct str demo_citizen(struct demo *d, int n)
{
    struct somebody p = somebody(d, (size_t)n);
    struct buf b _buf_ = BUF_MAX(2000);
    buf_printf(&b, "\"kind\":\"person\",\"id_type\":\"personal_number\",\"id_number\":\"%.*s\",\"birth_date\":\"%.*s\",\"sex\":\"%s\",\"phone\":\"%.*s\","
                   "\"address\":\"Số %d, tổ dân phố %d\",\"name\":",
               PRS(p.number), PRS(p.birth), p.woman ? "female" : "male", PRS(p.phone), n * 3 + 1, 1 + n % 7);
    buf_json_str(&b, p.name);
    return str_dup(d->a, buf_view(&b));
}

static struct str initials(struct demo *d, struct str name)
{
    struct buf b _buf_ = BUF_MAX(100);
    struct str word;
    while (str_next(&name, ' ', &word)) {
        size_t n = 1;
        while (n < word.n && ((unsigned char)word.p[n] & 0xc0) == 0x80)
            n++;
        buf_str(&b, str_sub(word, 0, n));
        buf_char(&b, '.');
    }
    return str_dup(d->a, buf_view(&b));
}

/* Staff stand behind the citizens in the row of invented people. */
static struct somebody face_of(struct demo *d, size_t person)
{
    return people[person].citizen ? somebody(d, (size_t)people[person].citizen) : somebody(d, DEMO_CITIZENS + 1 + person);
}

struct str demo_describe(struct demo *d, struct str actor_id, struct str unit)
{
    const struct unit *u = unit.n ? unit_find(d->rules->org, unit) : NULL;
    struct str at = u ? u->name : unit;
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        if (str_eq(actor_id, str_printf(d->a, "staff:%s", people[i].login)))
            return str_printf(d->a, "%s (%.*s), %.*s", strcmp(people[i].login, away.login) == 0 ? "Phó chủ tịch" : role_in_vietnamese(people[i].role), PRS(initials(d, face_of(d, i).name)), PRS(at));
    if (str_has_prefix(actor_id, STR("connector:")) || str_has_prefix(actor_id, STR("machine:")))
        return str_printf(d->a, "Hệ thống cư trú (qua kết nối), %.*s", PRS(at));
    if (str_has_prefix(actor_id, STR("citizen:")))
        return STR("Người dân (trực tuyến)");
    return STR("Hệ thống");
}

/* --- who acts --- */

static struct actor actor_of_citizen(struct demo *d, int n, int64_t now)
{
    struct session s = {.kind = ACCOUNT_CITIZEN, .login = citizen_login(d->a, &d->app->room.keyring, somebody(d, (size_t)n).number)};
    struct actor a;
    citizen_actor(d->rules, d->a, &s, now, &a);
    return a;
}

enum err demo_actor(struct demo *d, const char *who, int64_t now, struct actor *out, struct fail *f)
{
    struct str w = str_of(who);
    int64_t n;
    if (str_has_prefix(w, STR("dan:")) && str_to_i64(str_sub(w, 4, w.n), &n) && n > 0 && n <= DEMO_CITIZENS) {
        *out = actor_of_citizen(d, (int)n, now);
        return ERR_OK;
    }
    return staff_principal_by_id(d->db, &d->app->room.keyring, d->rules, d->a, w, now, out, f);
}

/* --- accounts --- */

static enum err staff_command(struct demo *d, const struct actor *actor, const char *type, struct str home, struct id stream, struct str key,
                              json_t *payload, struct id *stream_r, struct fail *f)
{
    struct outcome out = {0};
    enum err e = command_wait(&d->app->room, d->a,
                              &(struct command){.aggregate = &staff_aggregate, .type = str_of(type), .home_unit = home, .stream = stream, .actor = *actor,
                                                .key = key, .payload = arena_json(d->a, payload), .now = demo_time(FOUNDED)},
                              &out);
    if (e) {
        *f = out.fail;
        return out.fail.n ? e : fail_add(f, e, NULL, "", "store.unavailable", "%.*s", PRS(key));
    }
    *(out.repeated ? &d->repeated : &d->done) += 1;
    d->again |= out.repeated;
    if (stream_r)
        *stream_r = out.stream;
    return ERR_OK;
}

static const char *administrator_of(const char *unit)
{
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        if (strcmp(people[i].unit, unit) == 0 && strcmp(people[i].role, "administrator") == 0)
            return people[i].login;
    return NULL;
}

/* The same on every engine and every run: the rehearsal's seed is published, so these tokens are no secrets. */
static void token_of(struct demo *d, const char *login, char text[64], char hex[2 * HASH_BYTES + 1])
{
    unsigned char hash[HASH_BYTES];
    struct entropy e = entropy_derived(&d->app->room.keyring.seed, STR("demo token"), str_of(login));
    token_make(&e, text, hash);
    hex_format(hash, sizeof hash, hex);
}

static enum err issue_token(struct demo *d, const struct actor *system, const char *login, const char *role, const char *unit, struct id stream, struct fail *f)
{
    char text[64], hex[2 * HASH_BYTES + 1];
    token_of(d, login, text, hex);
    return staff_command(d, system, "token_issue", str_of(unit), stream, str_printf(d->a, "demo-token-%s", login),
                         json_pack("{ssssssssss}", "hash", hex, "role", role, "unit", unit, "label", "diễn tập", "expires_at", TOKENS_UNTIL), NULL, f);
}

static enum err one_person(struct demo *d, const struct actor *system, size_t i, struct fail *f)
{
    const struct person *p = &people[i];
    struct somebody face = face_of(d, i);
    struct actor by = *system;
    struct id stream;
    const char *administrator = administrator_of(p->unit);
    enum err e = ERR_OK;
    if (strcmp(p->role, "administrator") != 0)
        e = demo_actor(d, administrator, demo_time(FOUNDED), &by, f);
    json_t *who = json_pack("{ssssss%}", "login", p->login, "kind", "person", "display", face.name.p, face.name.n);
    json_object_set_new(who, "personal_number", json_stringn(face.number.p, face.number.n));
    if (e) {
        json_decref(who);
        return e;
    }
    e = staff_command(d, &by, "staff_register", str_of(p->unit), (struct id){{0}}, str_printf(d->a, "demo-register-%s", p->login), who, &stream, f);
    if (!e)
        e = staff_command(d, &by, "staff_grant", str_of(p->unit), stream, str_printf(d->a, "demo-grant-%s", p->login),
                          json_pack("{ssssss}", "role", p->role, "unit", p->unit, "basis", "QĐ 01/QĐ-UBND (diễn tập)"), NULL, f);
    if (!e && strcmp(p->login, away.login) == 0)
        e = staff_command(d, &by, "staff_delegate", str_of(p->unit), stream, STR("demo-delegate"),
                          json_pack("{ssssssssssss}", "role", away.role, "from_unit", away.unit, "procedures", away.procedures, "from", away.from, "to", away.to,
                                    "decision", away.decision), NULL, f);
    return e ? e : issue_token(d, system, p->login, p->role, p->unit, stream, f);
}

static enum err load_names(struct demo *d, struct fail *f)
{
    const struct dataset *set = dataset_find(STR("names.json"));
    struct str text = STR("");
    enum err e = set ? dataset_unpack(d->a, set->packed, &text) : ERR_NOT_FOUND;
    if (!e && !(d->names = arena_json(d->a, json_loadb(text.p, text.n, 0, NULL))))
        e = ERR_CORRUPT;
    return e ? fail_add(f, e, NULL, "", "rules.dataset", "names.json") : ERR_OK;
}

enum err demo_people(struct demo *d, struct fail *f)
{
    struct actor system;
    struct id stream;
    enum err e = load_names(d, f);
    staff_system_actor(d->rules, d->a, STR(""), demo_time(FOUNDED), &system);
    for (size_t i = 0; i < ARRAY_LEN(people) && !e; i++)
        e = one_person(d, &system, i, f);
    if (!e)
        e = staff_command(d, &system, "staff_register", str_of(machine_unit), (struct id){{0}}, STR("demo-register-machine"),
                          json_pack("{ssss}", "login", machine_login, "kind", "machine"), &stream, f);
    return e ? e : issue_token(d, &system, machine_login, "connector", machine_unit, stream, f);
}

/* --- accounts.txt --- */

static void account_line(struct demo *d, struct buf *b, const char *login, const char *role, const char *unit)
{
    char text[64], hex[2 * HASH_BYTES + 1];
    const struct unit *u = unit_find(d->rules->org, str_of(unit));
    token_of(d, login, text, hex);
    buf_printf(b, "%-22s %-20s %-11s %s  %s, %.*s\n", login, role, unit, text, role_in_vietnamese(role), PRS(u ? u->name : STR("")));
}

/* Everybody of the rehearsal signs in to the pages with the same password; citizens by their personal number. */
static enum err passwords(struct demo *d, struct buf *b, struct fail *f)
{
    struct engine_room *room = &d->app->room;
    enum err e = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(people) && !e; i++)
        e = account_set(room->writer, &room->keyring, str_of(people[i].login), ACCOUNT_STAFF, face_of(d, i).name, STR(PASSWORD), NULL, time_machine_ms(), f);
    buf_c(b, "#\n# Trang web: đăng nhập tại /dang-nhap bằng tên ở cột đầu, mật khẩu chung của kho diễn tập: " PASSWORD "\n# Người dân đăng nhập bằng số định danh, cùng mật khẩu:\n");
    for (size_t n = 1; n <= CITIZENS_WITH_ACCOUNT && !e; n++) {
        struct somebody p = somebody(d, n);
        e = account_set(room->writer, &room->keyring, citizen_login(d->a, &room->keyring, p.number), ACCOUNT_CITIZEN, p.name, STR(PASSWORD), NULL, time_machine_ms(), f);
        buf_printf(b, "#   %.*s  %.*s\n", PRS(p.number), PRS(p.name));
    }
    return e;
}

enum err demo_accounts(struct demo *d, struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(ARRAY_LEN(people) * 400 + ACCOUNT_MAX + CITIZENS_WITH_ACCOUNT * 200 + 1000);
    char path[CONFIG_PATH_MAX + 20];
    buf_c(&b, "# Tài khoản diễn tập: đăng nhập, vai trò, cơ quan, mã truy cập API (chỉ dùng cho kho diễn tập này).\n"
              "# Ví dụ: curl -H \"Authorization: Bearer MÃ\" http://127.0.0.1:8080/api/v1/dossiers\n");
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        account_line(d, &b, people[i].login, people[i].role, people[i].unit);
    account_line(d, &b, machine_login, "connector", machine_unit);
    if (passwords(d, &b, f))
        return f->err;
    snprintf(path, sizeof path, "%s/accounts.txt", d->app->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, b.p, b.n) == (ssize_t)b.n;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok && !b.overflow ? ERR_OK : fail_add(f, ERR_NO_SPACE, NULL, "", "demo.accounts", "%s: %s", path, strerror(errno));
}
