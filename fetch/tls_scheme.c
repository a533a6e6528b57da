#include "fetch/tls_scheme.h"

#include "base/cleanup.h"

#include <string.h>

/* Without the curve: TLS 1.2 knows it by the key alone. */
static const struct tls_scheme schemes[] = {
    {"rsa_pkcs1_sha256", "RSA", false, "SHA256"}, {"rsa_pkcs1_sha384", "RSA", false, "SHA384"},
    {"rsa_pkcs1_sha512", "RSA", false, "SHA512"}, {"rsa_pss_sha256", "RSA", true, "SHA256"},
    {"rsa_pss_sha384", "RSA", true, "SHA384"},    {"rsa_pss_sha512", "RSA", true, "SHA512"},
    {"ecdsa_sha256", "EC", false, "SHA256"},      {"ecdsa_sha384", "EC", false, "SHA384"},
    {"ecdsa_sha512", "EC", false, "SHA512"},
};

const struct tls_scheme *tls_scheme_named(const char *name)
{
    for (size_t i = 0; i < LENGTH(schemes); i++)
        if (strcmp(schemes[i].name, name) == 0)
            return &schemes[i];
    return NULL;
}

const struct tls_scheme *tls_scheme_of(const char *type, bool pss, const char *digest)
{
    for (size_t i = 0; i < LENGTH(schemes); i++)
        if (strcmp(schemes[i].type, type) == 0 && schemes[i].pss == pss &&
            strcmp(schemes[i].digest, digest) == 0)
            return &schemes[i];
    return NULL;
}
