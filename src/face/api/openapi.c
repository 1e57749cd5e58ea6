/* GET /openapi.json: the description of this API for machines. It is data, openapi.json beside this file, put into the program by the build; a
 * test holds it against the table of routes (test_openapi.c), another against real answers (tests/e2e/test-api). */
#include "base/crypto.h"
#include "face/api/api_private.h"

extern const char openapi_json_begin[] __attribute__((visibility("hidden"))), openapi_json_end[] __attribute__((visibility("hidden")));

struct str openapi_document(void) { return str_bytes(openapi_json_begin, (size_t)(openapi_json_end - openapi_json_begin)); }

void openapi_keep(struct arena *a, struct http_kept *kept)
{
    struct str plain = openapi_document();
    struct hash h = SHA256(plain);
    char hex[2 * HASH_BYTES + 1];
    hex_format(h.b, HASH_BYTES, hex);
    *kept = (struct http_kept){"application/json; charset=utf-8", plain, http_gzip(a, plain), str_printf(a, "\"%.16s\"", hex)};
}

enum http_result api_openapi(struct request *r)
{
    respond_kept(r, &api_of(r)->openapi);
    return HTTP_DONE;
}
