/* Follower, job and inbox of the residence system. See residence.h. */
#include "base/log.h"
#include "base/timex.h"
#include "connect/residence/residence_private.h"
#include <stdio.h>

#define SECTOR "G01-CA05"           /* đăng ký, quản lý cư trú */
#define ACTOR "connector:residence"
#define REJECTED_ON "Luật Cư trú 68/2020/QH14" /* of every rejection; which article stands in the reason */

enum { AGAIN_MS = 600000, AGAIN_MAX_MS = 3600000, ATTEMPTS = 240, PAYLOAD_BYTES = 200 };

/* --- follower: who is to be told --- */

static bool wants(void *arg, struct str type)
{
    (void)arg;
    return str_is(type, "dossier.handed_over") || str_is(type, "dossier.supplemented");
}

static bool for_residence(const struct rules *rules, const struct dossier *d)
{
    const struct unit *u = unit_find(rules->org, d->competent_unit);
    return d->authority && u && str_is(u->authority_kind, "police") && str_is(d->sector, SECTOR) && d->handed_over_at
        && (d->state == DOSSIER_RECEIVED || d->state == DOSSIER_PROCESSING);
}

/* The state as of this event, not of now: a follower that is behind does the same as one that is not. */
static enum err look(void *arg, struct arena *a, struct db *db, const struct event *e, void **seen_r)
{
    struct residence *r = arg;
    struct dossier d;
    int64_t seq;
    enum err err = stream_load(&dossier_aggregate, &r->room->keyring, db, a, e->home_unit, e->stream, e->seq, &d, &seq);
    if (!err && for_residence(rules_for(r->room, a), &d))
        *seen_r = r;
    return err;
}

static enum err add_job(void *arg, struct db *db, const struct event *e, void *seen)
{
    (void)arg;
    char text[PAYLOAD_BYTES], stream[37], what[60];
    if (!seen)
        return ERR_OK;
    id_format(e->stream, stream);
    snprintf(what, sizeof what, "%s %lld", stream, (long long)e->seq);
    int n = snprintf(text, sizeof text, "{\"home\":\"%.*s\",\"stream\":\"%s\"}", PRS(e->home_unit), stream);
    return job_add(db, e->home_unit, job_id(residence_job.name, e->home_unit, str_of(what)), residence_job.name, e->at, str_bytes(text, (size_t)n));
}

struct follower residence_follower(struct residence *r)
{
    return (struct follower){.name = "residence", .wants = wants, .look = look, .run = add_job, .arg = r};
}

/* --- job --- */

struct errand {
    struct residence *r;
    struct arena *a;
    struct job *job;
    struct db *db;
    struct str home;
    struct id stream;
    struct dossier d;
    const json_t *personal;
};

static enum job_end failed(struct errand *k, const char *problem, int64_t number)
{
    k->job->problem = problem;
    k->job->problem_number = number;
    return JOB_FAILED;
}

static enum err load(struct errand *k)
{
    const json_t *j = arena_json(k->a, json_loadb(k->job->payload.p, k->job->payload.n, 0, NULL));
    const char *home = json_string_value(json_object_get(j, "home")), *stream = json_string_value(json_object_get(j, "stream"));
    int64_t seq;
    if (!home || !stream || !id_parse(str_of(stream), &k->stream))
        return ERR_CORRUPT;
    k->home = str_of(home);
    enum err e = db_open(k->r->room->store, DB_READ, &k->db);
    if (!e)
        e = stream_load(&dossier_aggregate, &k->r->room->keyring, k->db, k->a, k->home, k->stream, INT64_MAX, &k->d, &seq);
    if (!e)
        e = dossier_personal(&k->r->room->keyring, k->db, k->a, k->home, k->stream, &k->personal);
    return e;
}

static struct actor connector(struct errand *k)
{
    const struct rules *rules = rules_for(k->r->room, k->a);
    struct role_grant *g = ARENA_NEW(k->a, struct role_grant);
    struct principal *p = ARENA_NEW(k->a, struct principal);
    *g = (struct role_grant){ROLE_CONNECTOR, k->d.competent_unit, INT64_MIN, INT64_MAX};
    *p = (struct principal){.actor_id = STR(ACTOR), .unit = k->d.competent_unit, .roles = g, .role_count = 1};
    struct actor actor = {.id = STR(ACTOR), .unit = k->d.competent_unit, .principal = p};
    actor.audiences = audiences_of(rules->org, k->a, p, k->job->now, actor.audience);
    return actor;
}

/* A command under a key of this job: told twice, it counts once. A refusal is an answer too: somebody else was faster. */
static enum err tell(struct errand *k, const char *type, json_t *payload)
{
    char id[37];
    struct outcome out = {0};
    id_format(k->job->id, id);
    enum err e = command_wait(k->r->room, k->a,
                              &(struct command){.aggregate = &dossier_aggregate, .type = str_of(type), .home_unit = k->home, .stream = k->stream,
                                                .actor = connector(k), .key = str_printf(k->a, "residence-%s-%s", id, type),
                                                .payload = arena_json(k->a, payload), .now = k->job->now},
                              &out);
    if (out.err == ERR_CONFLICT || out.err == ERR_FORBIDDEN || out.err == ERR_NOT_FOUND) {
        log_line(LOG_WARN, "residence.refused", "command=%s code=%s", type, out.fail.n ? out.fail.item[0].code : "");
        return ERR_OK;
    }
    return e;
}

static enum err accept(struct errand *k) { return dossier_awaits_acceptance(&k->d) ? tell(k, "accept", json_object()) : ERR_OK; }

static json_t *text(struct str s) { return json_stringn(s.p ? s.p : "", s.n); }

static enum err approve(struct errand *k, const struct residence_outcome *o)
{
    char day[16];
    json_t *result = json_object(), *in = json_object(), *results = json_array();
    date_format(time_local_day(k->job->now), day);
    json_object_set_new(result, "number", text(o->number));
    json_object_set_new(result, "date", json_string(day));
    json_object_set_new(result, "name", text(str_printf(k->a, "Thông báo kết quả đăng ký cư trú (%.*s)", PRS(o->result_code))));
    json_array_append_new(results, result);
    json_object_set_new(in, "results", results);
    json_object_set_new(in, "note", text(o->words));
    return tell(k, "approve", in);
}

static enum err deliver_outcome(struct errand *k, const struct residence_outcome *o, bool *over_r)
{
    enum err e = ERR_OK;
    *over_r = o->state == 2 || o->state == 4 || o->state == 6;
    if (o->state == 3 || *over_r)
        e = accept(k);
    if (!e && o->state == 4)
        e = approve(k, o);
    if (!e && o->state == 6)
        e = tell(k, "reject", json_pack("{soss}", "reason", text(o->words), "basis", REJECTED_ON));
    if (!e && o->state == 2)
        e = tell(k, "request_supplement", json_pack("{s[o]so}", "items", text(o->words), "reason", text(o->words)));
    return e;
}

/* It does not answer: the dossier waits, and says so, once. */
static enum job_end away(struct errand *k, enum err e)
{
    if (k->job->attempt == 1 && tell(k, "note", json_pack("{ssss}", "kind", "outage", "text", "Hệ thống cư trú không trả lời; hồ sơ chờ, sẽ gửi lại")))
        log_line(LOG_WARN, "residence.outage-not-noted", "attempt=%d", k->job->attempt);
    return failed(k, e == ERR_UNAUTHORISED ? "residence.signature" : "residence.away", 0);
}

static enum job_end send_and_look(struct errand *k)
{
    struct residence_answer answer = {0};
    struct residence_outcome outcome = {0};
    struct str body;
    bool over = false;
    if (residence_message(k->a, k->job->id, &k->d, k->personal, &body))
        return JOB_HOPELESS;
    enum err e = residence_post(k->r, k->a, "/api/cutru/hosolienthong", body, &answer);
    if (e || answer.status >= 500 || answer.status == 408 || answer.status == 429)
        return away(k, e ? e : ERR_UNAVAILABLE);
    if (answer.status != 200) { /* it understood and does not want it: a person must look */
        failed(k, "residence.message-refused", answer.status);
        return JOB_HOPELESS;
    }
    if (residence_query(k->a, &k->d, &body))
        return JOB_HOPELESS;
    e = residence_post(k->r, k->a, "/api/cutru/tracuu", body, &answer);
    if (e || answer.status != 200)
        return away(k, e ? e : ERR_UNAVAILABLE);
    if ((e = residence_read_outcome(k->a, answer.body, k->d.code, &outcome)))
        return failed(k, "residence.answer", e);
    if ((e = deliver_outcome(k, &outcome, &over)))
        return failed(k, "residence.command", e);
    if (!over)
        k->job->again_at = k->job->now + k->r->look_every_ms;
    return JOB_DONE;
}

static enum job_end run(void *arg, struct arena *a, struct job *j)
{
    struct errand k = {.r = arg, .a = a, .job = j};
    enum err e = load(&k);
    enum job_end end;
    if (e)
        end = e == ERR_CORRUPT ? JOB_HOPELESS : failed(&k, "residence.store", e);
    else if (k.personal && !k.d.voided && k.d.state == DOSSIER_WITHDRAWAL) {
        j->again_at = j->now + k.r->look_every_ms; /* nothing now; it may be taken back */
        end = JOB_DONE;
    } else if (!k.personal || k.d.voided || !for_residence(rules_for(k.r->room, k.a), &k.d))
        end = JOB_DONE; /* withdrawn, corrected, decided by hand, erased: nothing is left to do */
    else
        end = send_and_look(&k);
    db_close(&k.db);
    return end;
}

const struct job_kind residence_job = {.name = "residence", .run = run, .attempts_max = ATTEMPTS, .backoff_ms = AGAIN_MS, .backoff_max_ms = AGAIN_MAX_MS, .running_max = 2};
