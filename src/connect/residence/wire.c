/* HTTP to the residence system: signed both ways, bounded in size and time, no redirects. See residence.h. */
#include "base/buf.h"
#include "connect/residence/residence_private.h"
#include <curl/curl.h>
#include <stdio.h>

enum { ANSWER_MAX = 1 << 20, CONNECT_MS = 5000, TOTAL_MS = 20000, BLOCK = 64, SIGNATURE_BYTES = 72 };

/* HMAC-SHA256, RFC 2104. */
void residence_sign(struct str secret, struct str body, char out[72])
{
    unsigned char inner[BLOCK] = {0}, outer[BLOCK];
    struct hash h = secret.n > BLOCK ? SHA256(secret) : (struct hash){{0}};
    memcpy(inner, secret.n > BLOCK ? (const char *)h.b : secret.p, secret.n > BLOCK ? sizeof h.b : secret.n);
    for (size_t i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    h = SHA256(str_bytes(inner, BLOCK), body);
    h = SHA256(str_bytes(outer, BLOCK), hash_str(&h));
    memcpy(out, "sha256=", 7);
    hex_format(h.b, sizeof h.b, out + 7);
}

struct reading {
    struct buf body;
    char signature[SIGNATURE_BYTES];
};

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct reading *r = arg;
    buf_put(&r->body, p, size * n);
    return r->body.overflow ? 0 : size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct reading *r = arg;
    static const char name[] = "X-Chu-Ky:";
    struct str line = str_bytes(p, size * n);
    if (line.n > sizeof name && strncasecmp(line.p, name, sizeof name - 1) == 0) {
        struct str value = str_trim(str_sub(line, sizeof name - 1, line.n));
        snprintf(r->signature, sizeof r->signature, "%.*s", PRS(value));
    }
    return size * n;
}

static CURLcode perform(CURL *c, const struct residence *r, const char *path, struct str body, struct reading *in, struct curl_slist *headers)
{
    char url[RESIDENCE_URL_MAX + 100];
    snprintf(url, sizeof url, "%s%s", r->url, path);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* what goes to the police goes there, whatever the environment says */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, in);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, in);
    return curl_easy_perform(c);
}

enum err residence_post(const struct residence *r, struct arena *a, const char *path, struct str body, struct residence_answer *out)
{
    struct reading in = {.body = BUF_MAX(ANSWER_MAX)};
    char signature[SIGNATURE_BYTES], line[SIGNATURE_BYTES + 20];
    CURL *c = curl_easy_init();
    residence_sign(str_of(r->secret), body, signature);
    snprintf(line, sizeof line, "X-Chu-Ky: %s", signature);
    struct curl_slist *headers = curl_slist_append(NULL, line);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    enum err e = c && headers && perform(c, r, path, body, &in, headers) == CURLE_OK ? ERR_OK : ERR_UNAVAILABLE;
    if (!e) {
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &out->status);
        residence_sign(str_of(r->secret), buf_view(&in.body), signature);
        if (!equal_in_constant_time(signature, in.signature, 71))
            e = ERR_UNAUTHORISED;
        out->body = str_dup(a, buf_view(&in.body));
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    buf_free(&in.body);
    return e;
}
