/* Answers that are being written. */
#include "face/api/api_private.h"
static enum http_result not_yet(struct request *r) { return refuse_code(r, ERR_NOT_FOUND, "", "route.not-yet"); }
enum http_result api_track(struct request *r) { return not_yet(r); }
enum http_result api_verify(struct request *r) { return not_yet(r); }
enum http_result api_report(struct request *r) { return not_yet(r); }
enum http_result api_openapi(struct request *r) { return not_yet(r); }
