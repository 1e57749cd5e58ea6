/* The text of a token. See staff.h. */
#include "domain/staff/staff_private.h"
#include <sodium.h>

static const char prefix[] = "mc_";
enum { TOKEN_RANDOM_BYTES = 32 };

void token_make(struct entropy *e, char out[64], unsigned char hash[HASH_BYTES])
{
    unsigned char random[TOKEN_RANDOM_BYTES];
    entropy_bytes(e, random, sizeof random);
    memcpy(out, prefix, sizeof prefix);
    sodium_bin2base64(out + sizeof prefix - 1, 64 - (sizeof prefix - 1), random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof random);
    struct hash h = SHA256(str_bytes(out, TOKEN_TEXT_BYTES));
    memcpy(hash, h.b, HASH_BYTES);
}

bool token_hash(struct str token, struct hash *hash_r)
{
    if (token.n != TOKEN_TEXT_BYTES || !str_has_prefix(token, STR("mc_")))
        return false;
    *hash_r = SHA256(token);
    return true;
}
