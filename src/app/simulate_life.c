/* The life of one dossier: what its task calls for next, when somebody gets to it, and the words of that command. It reads the state that
 * the real commands made, and decides nothing about it. See simulate.h. */
#include "app/simulate.h"
#include <stdio.h>

const char *const deed_name[DEEDS] = {"none", "submit", "receive", "refuse", "request_supplement", "supplement", "hand_over", "accept", "assign",
                                      "consult", "answer", "propose", "extend", "apologise", "approve", "reject", "withdraw", "stop", "deliver"};

enum { STEPS_MAX = 40 };

/* --- what next --- */

static struct str receiving(const struct plan *p, const struct life *l) { return p->place[l->plan->place].unit->code; }
static struct str competent(const struct plan *p, const struct life *l) { return p->place[l->competent].unit->code; }

static void in_working_time(const struct plan *p, struct life *l, enum deed deed, struct str unit, int64_t now, int64_t least, int64_t most)
{
    l->next = deed;
    l->next_at = working_after(p->rules, unit, now, draw_between(&l->draws, least, most));
}

/* When the officer will be done: most well before the limit, the late some days after it. */
static int64_t finish_of(const struct plan *p, struct life *l, int64_t now)
{
    int64_t left = l->due_at > now ? l->due_at - now : 0, at;
    if (l->plan->fate & FATE_LATE)
        at = l->due_at + draw_between(&l->draws, MS_HOUR, 4 * MS_DAY);
    else
        at = now + left * draw_between(&l->draws, 25, 92) / 100;
    at = calendar_next_working_instant(p->rules->calendar, competent(p, l), at);
    if (!(l->plan->fate & FATE_LATE) && at > l->due_at)
        at = calendar_previous_working_instant(p->rules->calendar, competent(p, l), l->due_at);
    return at > now ? at : now + MS_MINUTE;
}

static void process_next(const struct plan *p, struct life *l, const struct dossier *d, int64_t now)
{
    unsigned fate = l->plan->fate;
    if (d->due_at != l->due_at) {
        l->due_at = d->due_at;
        l->finish_at = finish_of(p, l, now);
    }
    int64_t left = l->finish_at - now;
    if ((fate & FATE_WITHDRAWN) && d->channel.n) {
        l->next = DEED_WITHDRAW;
        l->next_at = now + left * 3 / 10;
    } else if ((fate & FATE_SUPPLEMENT_AFTER) && !d->supplements) {
        l->next = DEED_ASK;
        l->next_at = now + left * 4 / 10;
    } else if ((fate & FATE_CONSULTED) && !d->consults && d->due_at > now + 2 * MS_DAY) {
        l->next = DEED_CONSULT;
        l->next_at = now + left * 2 / 10;
    } else if ((fate & FATE_EXTENDED) && !d->reappointed && d->due_at > now + 3 * MS_DAY) {
        l->next = DEED_EXTEND;
        l->next_at = now + left * 3 / 10;
    } else if ((fate & FATE_LATE) && (fate & FATE_APOLOGY) && !d->apologised) {
        l->next = DEED_APOLOGISE;
        l->next_at = calendar_previous_working_instant(p->rules->calendar, competent(p, l), l->due_at - draw_between(&l->draws, 0, 3 * MS_HOUR));
    } else {
        l->next = DEED_PROPOSE;
        l->next_at = now + left * 8 / 10;
    }
    if (l->next_at <= now)
        l->next_at = now + MS_MINUTE;
}

void life_next(const struct plan *p, struct life *l, const struct dossier *d, int64_t now)
{
    unsigned fate = l->plan->fate;
    l->state = (int)d->state;
    l->next = DEED_NONE;
    if (dossier_state_final((int)d->state) || d->voided || ++l->steps > STEPS_MAX)
        return;
    bool elsewhere = d->needs_acceptance != 0;
    if (str_is(d->task, "receive"))
        in_working_time(p, l, fate & FATE_REFUSED ? DEED_REFUSE : (fate & FATE_SUPPLEMENT_BEFORE) && !d->supplements ? DEED_ASK : DEED_RECEIVE, receiving(p, l),
                        now, 4 * MS_MINUTE, 7 * MS_HOUR);
    else if (str_is(d->task, "supplement")) {
        if (fate & FATE_NEVER_BACK)
            return;
        l->next = DEED_SUPPLEMENT;
        l->next_at = now + draw_between(&l->draws, 2 * MS_HOUR, 6 * MS_DAY);
    } else if (str_is(d->task, "hand_over"))
        in_working_time(p, l, DEED_HAND_OVER, receiving(p, l), now, 10 * MS_MINUTE, 3 * MS_HOUR);
    else if (str_is(d->task, "accept"))
        in_working_time(p, l, DEED_ACCEPT, competent(p, l), now, 10 * MS_MINUTE, 5 * MS_HOUR);
    else if (str_is(d->task, "assign"))
        in_working_time(p, l, DEED_ASSIGN, competent(p, l), now, d->immediate ? MS_MINUTE : 10 * MS_MINUTE, d->immediate ? 4 * MS_MINUTE : elsewhere ? 4 * MS_HOUR : 2 * MS_HOUR);
    else if (str_is(d->task, "process"))
        process_next(p, l, d, now);
    else if (str_is(d->task, "consult"))
        in_working_time(p, l, DEED_ANSWER, competent(p, l), now, MS_HOUR, 7 * MS_HOUR);
    else if (str_is(d->task, "approve")) {
        l->next = fate & FATE_REJECTED ? DEED_REJECT : DEED_APPROVE;
        l->next_at = l->finish_at > now ? l->finish_at : now + 5 * MS_MINUTE;
    } else if (str_is(d->task, "decide_withdrawal"))
        in_working_time(p, l, DEED_STOP, receiving(p, l), now, 20 * MS_MINUTE, 8 * MS_HOUR);
    else if (str_is(d->task, "deliver")) {
        if (str_is(d->delivery_method, "counter"))
            in_working_time(p, l, DEED_DELIVER, receiving(p, l), now, 30 * MS_MINUTE, 20 * MS_HOUR);
        else {
            l->next = DEED_DELIVER;
            l->next_at = now + (str_is(d->delivery_method, "post") ? draw_between(&l->draws, MS_DAY, 3 * MS_DAY) : MS_MINUTE);
        }
    }
}

/* --- who --- */

static struct actor citizen(const struct plan *p, struct arena *a, const struct hash *number, int64_t now)
{
    struct role_grant *g = ARENA_NEW(a, struct role_grant);
    struct principal *who = ARENA_NEW(a, struct principal);
    char hex[33];
    struct actor actor = {.unit = STR("")};
    hex_format(number->b, 16, hex);
    *g = (struct role_grant){ROLE_CITIZEN, STR(""), INT64_MIN, INT64_MAX};
    actor.id = str_printf(a, "citizen:%s", hex);
    *who = (struct principal){.actor_id = actor.id, .unit = STR(""), .roles = g, .role_count = 1, .parties = number, .party_count = 1};
    actor.principal = who;
    actor.audiences = audiences_of(p->rules->org, a, who, now, actor.audience);
    return actor;
}

static bool by_citizen(const struct life *l) { return l->plan->channel == CHANNEL_ONLINE || l->plan->channel == CHANNEL_KIOSK; }

/* --- words --- */

static json_t *text(const char *s) { return json_string(s); }

static void put_at(json_t *o, const char *key, int64_t at)
{
    char s[40];
    time_format(at, s);
    json_object_set_new(o, key, json_string(s));
}

static json_t *party(const char *role, const char *kind, const struct person *who, struct str territory)
{
    json_t *o = json_pack("{ssssssssssss}", "role", role, "kind", kind, "name", who->name, "id_number", who->number, "phone", who->phone,
                          "address", who->address);
    json_object_set_new(o, "id_type", text(strcmp(kind, "person") == 0 ? "personal_number" : "tax_code"));
    json_object_set_new(o, "territory", json_stringn(territory.p, territory.n));
    if (who->birth[0]) {
        json_object_set_new(o, "birth_date", text(who->birth));
        json_object_set_new(o, "sex", text(who->male ? "male" : "female"));
    }
    return o;
}

static void submit_components(struct plan *p, struct life *l, struct arena *a, json_t *o)
{
    struct kind *k = &p->kind[l->plan->kind];
    if (k->components < 0) {
        struct component *list;
        size_t n = 0;
        k->components = procedure_components(a, k->p, &list, &n) ? 0 : (int64_t)n;
    }
    json_t *papers = json_array();
    for (int64_t i = 1; i <= k->components && i <= 3; i++)
        json_array_append_new(papers, json_pack("{sIsisi}", "component", (json_int_t)i, "originals", i == 1, "copies", i > 1));
    json_object_set_new(o, "components", papers);
}

static void limit_by_hand(const struct plan *p, const struct life *l, json_t *o, int64_t now)
{
    const struct procedure *proc = p->kind[l->plan->kind].p;
    if (!proc->limit_doubtful && !proc->limit_missing)
        return;
    int64_t day = calendar_add_working_days(p->rules->calendar, competent(p, l), time_local_day(now), 7);
    put_at(o, "due_at", calendar_end_of_working_day(p->rules->calendar, competent(p, l), day));
    json_object_set_new(o, "due_reason", text("Danh mục chưa có thời hạn dùng được; hẹn theo thời hạn của thủ tục cùng loại"));
}

static const char *channel_name(enum channel c)
{
    return c == CHANNEL_ONLINE ? "online" : c == CHANNEL_COUNTER ? "counter" : c == CHANNEL_POST ? "post" : "kiosk";
}

struct applicants {
    bool company, alone;
    struct person owner, submitter;
};

/* Always the same for a dossier: who supplements or withdraws later is who submitted. */
static void applicants_of(const struct plan *p, const struct people *people, const struct life *l, struct applicants *out)
{
    struct draws d = draws_for(p->seed, l->plan->no, 2);
    int64_t today = time_local_day(l->plan->at);
    bool business = str_find(p->kind[l->plan->kind].p->audience, STR("oanh nghiệp")) >= 0;
    out->company = business && draw_chance(&d, 2500);
    out->alone = !out->company && draw_chance(&d, 8800);
    person_make(people, &d, today, &out->submitter);
    if (out->company)
        organisation_make(people, &d, &out->owner);
    else if (out->alone)
        out->owner = out->submitter;
    else
        person_make(people, &d, today, &out->owner);
}

static void submit_words(struct plan *p, const struct people *people, struct life *l, struct arena *a, json_t *o)
{
    const struct submission_plan *s = l->plan;
    const struct procedure *proc = p->kind[s->kind].p;
    struct applicants who;
    applicants_of(p, people, l, &who);
    json_t *parties = json_array();
    json_array_append_new(parties, party("owner", who.company ? "organisation" : "person", &who.owner, s->home->code));
    if (!who.alone)
        json_array_append_new(parties, party("submitter", "person", &who.submitter, s->home->code));
    struct str unit = receiving(p, l);
    json_object_set_new(o, "procedure", json_stringn(proc->code.p, proc->code.n));
    json_object_set_new(o, "agency", json_stringn(proc->agency.p, proc->agency.n));
    json_object_set_new(o, "channel", text(channel_name(s->channel)));
    json_object_set_new(o, "receiving_unit", json_stringn(unit.p, unit.n));
    json_object_set_new(o, "parties", parties);
    json_object_set_new(o, "form", json_pack("{ssss}", "noi_dung", "Đề nghị giải quyết theo quy định", "so_ban", draw_chance(&l->draws, 7000) ? "1" : "2"));
    submit_components(p, l, a, o);
    int64_t x = draw_below(&l->draws, 100);
    if (x < (s->channel == CHANNEL_ONLINE ? 55 : 8))
        json_object_set_new(o, "delivery", json_pack("{ss}", "method", "electronic"));
    else if (x < (s->channel == CHANNEL_ONLINE ? 70 : 14))
        json_object_set_new(o, "delivery", json_pack("{ssss}", "method", "post", "address", who.owner.address));
    else
        json_object_set_new(o, "delivery", json_pack("{ss}", "method", "counter"));
    if (s->channel == CHANNEL_COUNTER) {
        if (!s->answered) {
            struct str u = competent(p, l);
            json_object_set_new(o, "competent_unit", json_stringn(u.p, u.n));
        }
        limit_by_hand(p, l, o, s->at);
    }
}

static void words(struct plan *p, struct life *l, json_t *o, int64_t now)
{
    const char *reason = "Theo quy định của pháp luật về thủ tục này";
    struct str u = competent(p, l);
    switch (l->next) {
    case DEED_RECEIVE:
        if (!l->plan->answered)
            json_object_set_new(o, "competent_unit", json_stringn(u.p, u.n));
        limit_by_hand(p, l, o, now);
        break;
    case DEED_REFUSE:
    case DEED_REJECT:
        json_object_set_new(o, "reason", text("Hồ sơ không thuộc trường hợp được giải quyết theo quy định"));
        json_object_set_new(o, "basis", text("Điều 17 Nghị định 118/2025/NĐ-CP"));
        break;
    case DEED_ASK:
        json_object_set_new(o, "items", json_pack("[ss]", "Bản chụp giấy tờ chứng minh nơi ở", "Tờ khai có chữ ký"));
        json_object_set_new(o, "reason", text("Thành phần hồ sơ chưa đủ theo quy định"));
        break;
    case DEED_SUPPLEMENT: json_object_set_new(o, "complete", json_true()); break;
    case DEED_ASSIGN: json_object_set_new(o, "officer", json_stringn(p->place[l->competent].actor[PLACE_OFFICER].id.p, p->place[l->competent].actor[PLACE_OFFICER].id.n)); break;
    case DEED_CONSULT:
        json_object_set_new(o, "unit", json_stringn(u.p, u.n));
        json_object_set_new(o, "question", text("Đề nghị cho ý kiến về hồ sơ"));
        put_at(o, "due_at", now + 2 * MS_DAY);
        break;
    case DEED_ANSWER:
        json_object_set_new(o, "no", json_integer(1));
        json_object_set_new(o, "opinion", text("Thống nhất"));
        break;
    case DEED_PROPOSE: json_object_set_new(o, "outcome", text(l->plan->fate & FATE_REJECTED ? "rejected" : "approved")); break;
    case DEED_EXTEND:
    case DEED_APOLOGISE:
        put_at(o, "due_at", calendar_end_of_working_day(p->rules->calendar, u, calendar_add_working_days(p->rules->calendar, u, time_local_day(l->due_at > now ? l->due_at : now), 5)));
        json_object_set_new(o, "reason", text("Cần thêm thời gian xác minh"));
        break;
    case DEED_APPROVE: {
        char day[16], number[40];
        date_format(time_local_day(now), day);
        snprintf(number, sizeof number, "%u/KQ-MP", l->plan->no + 1);
        json_object_set_new(o, "results", json_pack("[{ssssss}]", "number", number, "date", day, "name", "Kết quả giải quyết thủ tục hành chính"));
        break;
    }
    case DEED_WITHDRAW: json_object_set_new(o, "reason", text("Không còn nhu cầu")); break;
    case DEED_STOP: json_object_set_new(o, "reason", text(reason)); break;
    case DEED_DELIVER:
        json_object_set_new(o, "collector", json_pack("{ssss}", "name", "Người nộp hồ sơ", "relation", "chính chủ"));
        json_object_set_new(o, "proof", text("ký nhận"));
        break;
    default: break;
    }
}

static bool by_applicant(enum deed d) { return d == DEED_SUBMIT || d == DEED_SUPPLEMENT || d == DEED_WITHDRAW; }

static const struct actor *staff(const struct plan *p, const struct life *l)
{
    const struct place *here = &p->place[l->plan->place], *there = &p->place[l->competent];
    switch (l->next) {
    case DEED_ACCEPT: case DEED_CONSULT: case DEED_ANSWER: case DEED_PROPOSE: return &there->actor[PLACE_OFFICER];
    case DEED_ASK: return l->state == DOSSIER_NEW ? &here->actor[PLACE_CLERK] : &there->actor[PLACE_OFFICER];
    case DEED_ASSIGN: case DEED_APPROVE: case DEED_REJECT: case DEED_EXTEND: case DEED_APOLOGISE: return &there->actor[PLACE_LEADER];
    case DEED_STOP: return &there->actor[PLACE_OFFICER];
    default: return &here->actor[PLACE_CLERK];
    }
}

void life_command(struct plan *p, const struct people *people, struct life *l, struct arena *a, struct command *c)
{
    json_t *o = arena_json(a, json_object());
    c->aggregate = &dossier_aggregate;
    c->type = str_of(deed_name[l->next]);
    c->home_unit = receiving(p, l);
    c->stream = l->stream;
    c->key = str_printf(a, "sim-%llu-%u-%u", (unsigned long long)p->seed, l->plan->no, l->steps);
    c->payload = o;
    c->now = l->next_at;
    if (l->next == DEED_SUBMIT)
        submit_words(p, people, l, a, o);
    else
        words(p, l, o, l->next_at);
    if (by_applicant(l->next) && by_citizen(l)) {
        struct hash *number = ARENA_NEW(a, struct hash);
        struct applicants who;
        applicants_of(p, people, l, &who);
        *number = personal_hash(p->keyring, "personal_number", str_of(who.submitter.number));
        c->actor = citizen(p, a, number, l->next_at);
    } else
        c->actor = *staff(p, l);
}
