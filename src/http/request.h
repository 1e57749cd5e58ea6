/* One request, as a handler sees it. Strings belong to the request and live until its answer was sent. None of these functions
 * may be called after the request was given away (HTTP_LATER) except by its new owner. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "http/server.h"
#include <jansson.h>

struct arena *request_arena(struct request *r); /* lives until the answer was sent or the client is gone */
void *request_app(const struct request *r);
void *request_worker(const struct request *r); /* the context of this worker; NULL in inline routes and for later owners */
const struct route *request_route(const struct request *r);
const char *request_id(const struct request *r);
enum http_lang request_lang(struct request *r); /* ?lang=, then Accept-Language; Vietnamese unless English is preferred */
bool request_is_head(const struct request *r);
int64_t request_now_ms(const struct request *r);      /* machine time when its line arrived */
int64_t request_deadline_us(const struct request *r); /* on time_monotonic_us: answering later is of no use */
struct str request_client(struct request *r);         /* numeric address; personal data: not for the log */
bool request_is_https(struct request *r);

/* What config.enter found out; and what an upload carries from piece to piece. */
void request_set_principal(struct request *r, void *principal);
void *request_principal(const struct request *r);
void request_set_state(struct request *r, void *state);
void *request_state(const struct request *r);
/* What the face keeps for all of this request (its own affair, e.g. the generation of rules); NULL at first. */
void request_set_kept(struct request *r, void *kept);
void *request_kept(const struct request *r);

/* Percent-decoded, valid UTF-8, no control characters. Absent: p == NULL. */
struct str request_path_param(const struct request *r, const char *name);
/* The first parameter of that name; "+" is a blank. Valid UTF-8 without NUL (else the request was refused before). */
struct str request_query(const struct request *r, const char *name);
struct str request_form(struct request *r, const char *name); /* of a BODY_FORM body */
/* Walks all of them: false at the end. Repeated names come as often as they were sent. */
bool request_query_at(const struct request *r, size_t i, struct str *name_r, struct str *value_r);
bool request_form_at(struct request *r, size_t i, struct str *name_r, struct str *value_r);
/* A number in a query: false (and the complaint, "http.query", pointer = name) when it is not one within min … max. */
bool request_query_i64(struct request *r, const char *name, int64_t min, int64_t max, int64_t absent, int64_t *v_r, struct fail *f);

/* A form's bytes as pairs (at most 1024), decoded and judged as a posted one is; false: not a form. */
struct form_pair {
    struct str name, value;
};
bool form_parse(struct arena *a, struct str body, struct form_pair **pairs_r, size_t *n_r);

struct str request_path(const struct request *r); /* as sent, without the query: for links, never for the log */
struct str request_header(const struct request *r, const char *name);
struct str request_cookie(struct request *r, const char *name);
struct str request_bearer(const struct request *r); /* Authorization: Bearer …, or NULL */
struct str request_host(const struct request *r);
struct str request_body(const struct request *r); /* collected bodies */
int64_t request_content_length(const struct request *r);
struct str request_content_type(const struct request *r); /* as sent; "" when absent */

/* The body as JSON, freed with the request. Strict: UTF-8, no duplicate keys, at most 32 levels, no NUL in strings, no floats
 * ("json.float"), integers within ±2^53 ("json.integer"). *f names the place. An absent body is ERR_MALFORMED "json.empty". */
enum err request_json(struct request *r, json_t **json_r, struct fail *f) CHECKED;
/* The same for other bytes (a form field, a message of another system). The caller owns *json_r. */
enum err json_strict(struct str text, json_t **json_r, struct fail *f) CHECKED;

/* If-Match against the version that the caller is about to change, as an entity tag made by etag_of_version: ERR_OK,
 * ERR_NEED_VERSION without the header, ERR_VERSION when it is another. */
enum err request_if_match(const struct request *r, struct str etag, struct fail *f) CHECKED;
/* The client's copy is still good (If-None-Match, else If-Modified-Since): answer with respond_not_modified. Either may be
 * absent (etag.p == NULL, modified_ms < 0). */
bool request_not_modified(const struct request *r, struct str etag, int64_t modified_ms);
struct str etag_of_version(struct arena *a, int64_t version); /* "\"7\"" with its quotes */

/* Completes a request that was given away: exactly once, from any thread, after a respond_… function. Cheap: the caller does
 * not wait for the network, compression and sending are done by the I/O thread. The request is gone for the caller. */
void request_finish(struct request *r);
