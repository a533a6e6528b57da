#include "scep/caps.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    unsigned cap;     /* its own bit */
    unsigned implies; /* others */
} capabilities[] = {
    {"AES", CAPS_AES, 0},
    {"AES-256", CAPS_AES256, 0},
    {"AES256", CAPS_AES256, 0},
    {"DES3", CAPS_DES3, 0},
    {"GetNextCACert", CAPS_GET_NEXT_CA_CERT, 0},
    {"POSTPKIOperation", CAPS_POST, 0},
    {"Renewal", CAPS_RENEWAL, 0},
    {"SHA-1", CAPS_SHA1, 0},
    {"SHA-256", CAPS_SHA256, 0},
    {"SHA-512", CAPS_SHA512, 0},
    {"SCEPStandard", CAPS_STANDARD, CAPS_AES | CAPS_POST | CAPS_SHA256},
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static unsigned caps_line(const char *line, size_t len)
{
    while (len > 0 && blank(line[len - 1]))
        len--;
    while (len > 0 && blank(*line))
        line++, len--;
    for (size_t i = 0; i < LENGTH(capabilities); i++)
        if (strlen(capabilities[i].name) == len &&
            strncasecmp(capabilities[i].name, line, len) == 0)
            return capabilities[i].cap | capabilities[i].implies;
    return 0;
}

unsigned caps_parse(const struct buf *body)
{
    unsigned caps = 0;
    const char *at = buf_text(body), *end = at + body->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        caps |= caps_line(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return caps;
}

int caps_describe(unsigned caps, struct buf *ret, struct err *err)
{
    unsigned told = 0;
    int rc = caps ? 0 : buf_add_text(ret, "nothing", err);
    for (size_t i = 0; rc == 0 && i < LENGTH(capabilities); i++) {
        unsigned cap = capabilities[i].cap;
        if (caps & cap & ~told)
            rc = buf_printf(ret, err, "%s%s", told ? ", " : "", capabilities[i].name);
        told |= caps & cap;
    }
    return rc;
}

const EVP_CIPHER *caps_cipher(unsigned caps, enum minimum_crypto minimum)
{
    if (caps & CAPS_AES256 || (caps & CAPS_AES && minimum == MINIMUM_AES256_SHA256))
        return EVP_aes_256_cbc();
    return caps & CAPS_AES ? EVP_aes_128_cbc() : EVP_des_ede3_cbc();
}

enum hash caps_hash(unsigned caps, enum hash wish)
{
    /* SCEP has no name for SHA-384, so the stronger one stands in for it where there is one. */
    bool strong = caps & CAPS_SHA512, usual = caps & CAPS_SHA256;
    if (wish == HASH_SHA1)
        return HASH_SHA1;
    if (wish == HASH_SHA256)
        return usual ? HASH_SHA256 : strong ? HASH_SHA512 : HASH_SHA1;
    return strong ? HASH_SHA512 : usual ? HASH_SHA256 : HASH_SHA1;
}

const EVP_MD *hash_digest(enum hash hash)
{
    switch (hash) {
    case HASH_SHA1:
        return EVP_sha1();
    case HASH_SHA384:
        return EVP_sha384();
    case HASH_SHA512:
        return EVP_sha512();
    default:
        return EVP_sha256();
    }
}

const char *hash_name(enum hash hash)
{
    static const char *const names[] = {"SHA-1", "SHA-256", "SHA-384", "SHA-512"};
    return hash <= HASH_SHA512 ? names[hash] : "?";
}
