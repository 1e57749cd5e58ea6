/* Shared by the files of this face. */
#pragma once
#include "base/buf.h"
#include "domain/dossier/dossier.h"
#include "domain/staff/staff.h"
#include "face/api/api.h"
#include "face/face.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "store/health.h"

struct api {
    struct face face; /* first */
    struct arena *arena;      /* as long as the server */
    struct http_kept openapi;
    struct limiter *guesses_of_client, *guesses_of_dossier;
    struct principal_cache *principals;
    struct kept *kept; /* answers from the catalogue */
};

static inline struct api *api_of(struct request *r) { return request_app(r); }

/* `on=` as a day number (today when absent); false: refused and answered. */
bool query_day(struct request *r, const char *name, int64_t *day_r);
/* `limit=` 1…max (absent: dflt); false: refused and answered. */
bool query_limit(struct request *r, int64_t dflt, int64_t max, int64_t *limit_r);
/* Closes a list answer: {"items":[…],"next":…} plus the Link header. `b` holds "{"items":[" and the items already. */
enum http_result respond_list(struct request *r, struct buf *b, struct str next);
/* Its parts: the end of the text with the cursor; the header Link alone. */
void list_end(struct request *r, struct buf *b, struct str next);
void list_link(struct request *r, struct str next);
enum http_result refuse(struct request *r, const struct fail *f);
enum http_result refuse_code(struct request *r, enum err e, const char *pointer, const char *code);

void json_member(struct buf *b, const char *key, struct str value); /* ,"key":"value" */
void json_member_time(struct buf *b, const char *key, int64_t ms);  /* null when 0 */
void json_member_i64(struct buf *b, const char *key, int64_t v);
void json_member_bool(struct buf *b, const char *key, bool v);
void json_member_date(struct buf *b, const char *key, int64_t day); /* null when open */


enum http_result api_procedures(struct request *r);
enum http_result api_procedure(struct request *r);
enum http_result api_territories(struct request *r);
enum http_result api_successors(struct request *r);
enum http_result api_units(struct request *r);
enum http_result api_dossier_create(struct request *r);
enum http_result api_dossier_command(struct request *r);
enum http_result api_dossier(struct request *r);
enum http_result api_dossiers(struct request *r);
enum http_result api_dossier_events(struct request *r);
enum http_result api_track(struct request *r);
enum http_result api_verify(struct request *r);
enum http_result api_report(struct request *r);
enum http_result api_openapi(struct request *r);

/* The description of the API, as it lies in openapi.json. */
struct str openapi_document(void);
void openapi_keep(struct arena *a, struct str server, struct http_kept *kept);
