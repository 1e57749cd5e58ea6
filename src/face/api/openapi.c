/* GET /openapi.json: the description of this API for machines. It is data, openapi.json beside this file, put into the program by the build; a
 * test holds it against the table of routes (test_openapi.c), another against real answers (tests/e2e/test-api). */
#include "base/crypto.h"
#include "face/api/api_private.h"

enum { DOCUMENT_MAX = 4 << 20 };

extern const char openapi_json_begin[] __attribute__((visibility("hidden"))), openapi_json_end[] __attribute__((visibility("hidden")));

struct str openapi_document(void) { return str_bytes(openapi_json_begin, (size_t)(openapi_json_end - openapi_json_begin)); }

/* The document names "/" as its server; clients behind a proxy need the address that the operator set. */
static struct str served_at(struct arena *a, struct str server)
{
    const struct str mark = STR("\"url\": \"/\"");
    struct str text = openapi_document();
    ptrdiff_t at = str_find(text, mark);
    struct buf b _buf_ = BUF_MAX(DOCUMENT_MAX);
    if (at < 0 || str_is(server, "/"))
        return text;
    buf_str(&b, str_sub(text, 0, (size_t)at));
    buf_c(&b, "\"url\": ");
    buf_json_str(&b, server);
    buf_str(&b, str_sub(text, (size_t)at + mark.n, text.n));
    return b.overflow ? text : str_dup(a, buf_view(&b));
}

void openapi_keep(struct arena *a, struct str server, struct http_kept *kept)
{
    struct str plain = served_at(a, server);
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
