/* A form that was sent when its session had ended: nothing that was typed is lost.
 *
 * The answer to such a form is the sign-in page (401), and in it, in a hidden field, the form's own bytes with the address they were meant for. The field
 * is sealed: only we can make one, so nobody can have a form of their making sent by a link to the sign-in page; and it goes to the very
 * browser that sent it. After signing in a page shows one button that sends everything on, with the secret of the new session; who signed in
 * is named there, for it may be somebody else. A form that came from another site is never carried. */
#include "face/site/site.html.h"
#include "face/site/site_private.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { CARRIED_MAX = 64 * 1024, CARRIED_FOR_MS = 12 * 60 * 60 * 1000 };
static const struct str BOUND = {"a form carried over signing in", 30};

struct str carry_seal(struct request *r)
{
    const struct route *route = request_route(r);
    struct arena *a = request_arena(r);
    struct str body = request_body(r);
    if (route->method != HTTP_POST || route->body != BODY_FORM || !body.n || body.n > CARRIED_MAX || !form_of_our_own(r))
        return STR("");
    struct page o = {.arena = a};
    struct str plain = str_printf(a, "%lld\n%.*s\n%.*s", (long long)request_now_ms(r), PRS(page_address(r, &o)), PRS(body));
    size_t n = plain.n + SEAL_NONCE_BYTES + SEAL_TAG_BYTES, text_n = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    unsigned char nonce[SEAL_NONCE_BYTES], *sealed = arena_alloc(a, n);
    char *text = arena_alloc(a, text_n);
    struct entropy e = entropy_system();
    entropy_bytes(&e, nonce, sizeof nonce);
    seal(&face_of(r)->room->keyring.wrap, nonce, plain, BOUND, sealed);
    sodium_bin2base64(text, text_n, sealed, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_of(text);
}

bool carry_open(struct request *r, struct str text, struct carried *out)
{
    struct arena *a = request_arena(r);
    size_t n = 0;
    int64_t at;
    struct str time, rest;
    if (!text.n || text.n > 2 * CARRIED_MAX)
        return false;
    unsigned char *sealed = arena_alloc(a, text.n), *plain = arena_alloc(a, text.n);
    if (sodium_base642bin(sealed, text.n, text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n <= SEAL_NONCE_BYTES + SEAL_TAG_BYTES ||
        !unseal(&face_of(r)->room->keyring.wrap, str_bytes(sealed, n), BOUND, plain))
        return false;
    rest = str_bytes(plain, n - SEAL_NONCE_BYTES - SEAL_TAG_BYTES);
    if (!str_next(&rest, '\n', &time) || !str_to_i64(time, &at) || request_now_ms(r) - at > CARRIED_FOR_MS || !str_next(&rest, '\n', &out->address))
        return false;
    return form_parse(a, rest, &out->pair, &out->n);
}
