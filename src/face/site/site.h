/* What all pages share: who looks, the frame, refusals as pages, forms that are sent twice, and commands from forms.
 *
 * A page handler: page_begin → templates write into o->out → page_end. A form handler: form_good (else re-render) → page_command →
 * redirect (303). A form carries `csrf` (of the session) and `key` (page_key: the idempotency key of what it does), so that a second tap or the
 * browser's "send again" does nothing twice. */
#pragma once
#include "domain/account/account.h"
#include "domain/org/rights.h"
#include "face/face.h"
#include "view/assets.h"
#include "view/components.html.h"
#include "view/layout.html.h"

/* Who looks at pages: found by site_enter, and kept with the request. */
struct visitor {
    struct session session;
    role_set roles; /* in force now; citizens have ROLE_CITIZEN */
};
/* NULL for nobody. */
const struct visitor *visitor_of(const struct request *r);
static inline bool visitor_is(const struct visitor *v, role_set any) { return v && (v->roles & any); }

/* For http_config.enter: bearer tokens are the API's affair, cookies ours. A page behind sign-in (ROUTE_SESSION) sends nobody to /dang-nhap. */
enum err site_enter(struct request *r, struct fail *f);

/* What the browser holds of its session; over https under the prefix __Host-, which no other machine of the domain can set. */
struct str session_cookie(struct request *r);
void session_cookie_set(struct request *r, const char *text); /* "" takes it away */
/* This request is from now on one of that session, as if it had come with it. */
enum err site_become(struct request *r, struct str session_text, struct fail *f) CHECKED;

/* --- a page --- */

/* `out` is the caller's (BUF_MAX(PAGE_BYTES_MAX), _buf_). Fills everything a template may use, and keeps ?lang= in a cookie. */
void page_begin(struct request *r, struct page *o, struct buf *out);
enum http_result page_end(struct request *r, int status, struct page *o);
/* The language that a page will have. */
enum language page_language(struct request *r);
/* Would this page be the same for everybody who asks in this language? Nobody signed in, no choice of language to remember, no notice to show: it may be kept. */
bool page_for_anybody(struct request *r);
/* The frame with the navigation that this visitor has; the template writes between. */
void site_begin(struct request *r, struct page *o, struct str title, struct str back, bool has_error);
void site_end(struct page *o);
/* A whole page that says what is wrong in a sentence, with the status of the refusal. */
enum http_result page_refuse(struct request *r, const struct fail *f);
enum http_result page_refuse_code(struct request *r, enum err e, const char *code);
/* For http_config.problem_page: what a browser meets where no handler of a page was reached. */
bool site_problem_page(struct request *r, const struct fail *f, int status, struct buf *out);
enum http_result page_redirect(struct request *r, struct str to); /* 303 */
/* Role words as a person reads them. */
const char *role_title(enum role r); /* Vietnamese; TR_LATER */

/* --- forms --- */

/* The form's own secret is right (signed in), or it came from a page of ours (nobody signed in). False: show the form again with this refusal in f
 * ("page.expired"); what was entered is in request_form. */
bool form_good(struct request *r, struct fail *f);
/* The same for a form that comes in pieces: is `given` what its field csrf must hold? */
bool form_secret_good(struct request *r, struct str given);
/* A trimmed field, NFC; "" when absent. Never longer than max bytes (longer ones are cut at a letter: the field's own check then refuses). */
struct str form_text(struct request *r, const char *name, size_t max);
/* NAME-nam, NAME-thang, NAME-ngay → "YYYY-MM-DD" when all are numbers, else what was typed in the same order ("2026-13-x"); a whole date typed into the first box
 * ("01/02/2026", "1-2-26") is understood. "" when all three are empty. */
struct str form_date(struct request *r, const char *name);
/* A fresh idempotency key for a form. */
struct str page_key(struct page *o);

/* Runs a command as the visitor and waits for its commit (routes of class ROUTE_COMMAND). The payload is taken. Key: field `key` of the form with `suffix`
 * ("" for the only one). Returns ERR_OK or the refusal, in out->fail or as "store.unavailable". */
struct dossier;
enum err page_command(struct request *r, const struct aggregate *g, const char *type, struct str home_unit, struct id stream, int64_t if_version,
                      json_t *payload, const char *suffix, struct outcome *out, struct fail *f);

/* --- the table --- */

extern const struct route site_routes[]; /* sign-in, sign-out, one's own account, assets */
extern const size_t site_route_count;
struct site;
struct site *site_new(void); /* limits of guesses; stands in struct face */
void site_free(struct site **s);
