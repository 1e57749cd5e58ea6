/* The residence system (cư trú) of the commune police: dossiers go out to it, its outcomes come back as commands.
 *
 *   dossier.handed_over, dossier.supplemented ──follower──> job ──┬─> message (maThongDiep is the job's id: the receiver counts it once)
 *                                                                └─> look for the outcome, again and again until there is one
 *   trangThai 3 → accept · 2 → request_supplement · 4 → approve · 6 → reject     by connector:residence, for the commune's police
 *
 * There is no public description of the residence system's own messages: these have the shapes of the interlink of the Ministry of
 * Public Security and the one-stop systems (NĐ 63/2024) as provinces have built them, and both sides sign each body (HMAC-SHA256).
 *
 * One job a dossier and message: every run sends (which the receiver answers alike each time), then looks. So nothing is lost when
 * either side dies or forgets. While the system is away the dossier waits; that is noted on it once, and the police may work by hand
 * with evidence meanwhile: then the job finds nothing left to do. Nothing is worked twice. */
#pragma once
#include "domain/command/command.h"
#include "domain/follower/follower.h"
#include "domain/job/job.h"

enum { RESIDENCE_URL_MAX = 512, RESIDENCE_SECRET_MAX = 128 };

struct residence {
    struct engine_room *room;
    char url[RESIDENCE_URL_MAX];       /* "https://…", without a slash at the end */
    char secret[RESIDENCE_SECRET_MAX]; /* shared by both sides */
    int64_t look_every_ms;
};

/* Makes a job for each dossier that is handed over to a commune's police with a procedure of residence. `r` must outlive it. */
struct follower residence_follower(struct residence *r);
/* Its job; the room's `arg` must be the same `struct residence`. */
extern const struct job_kind residence_job;

/* --- the wire format, for the connector's own tests --- */

/* "sha256=<hex>" of the body under the secret; out holds 72 bytes. */
void residence_sign(struct str secret, struct str body, char out[72]);
/* One row of an answer to a look. */
struct residence_outcome {
    int64_t state; /* trangThai: 0 unknown there, 1 received, 3 complete, 2 supplement, 4 registered, 6 rejected */
    struct str words, number, result_code;
};
/* Finds the row of that code. ERR_MALFORMED: not an answer of this service; ERR_NOT_FOUND: it says that it does not know the code. */
enum err residence_read_outcome(struct arena *a, struct str body, struct str code, struct residence_outcome *out) CHECKED;
