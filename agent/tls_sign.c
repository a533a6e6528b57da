#include "agent/tls_sign.h"

#include "fetch/tls_scheme.h"
#include "store/key.h"
#include "store/tpm.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

#define BLANKS 64

static bool is_tls13(const struct buf *content)
{
    static const char line[] = "TLS 1.3, client CertificateVerify"; /* and its zero byte */
    size_t hash = content->len - BLANKS - sizeof line;
    if (content->len < BLANKS + sizeof line + 32 || hash > EVP_MAX_MD_SIZE)
        return false;
    for (size_t i = 0; i < BLANKS; i++)
        if (content->data[i] != ' ')
            return false;
    return memcmp(content->data + BLANKS, line, sizeof line) == 0;
}

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, CLIENT_KEY_EXCHANGE = 16 };

/* Handshake messages without a byte between or behind them: a type, a length in three bytes. The
 * first is a ClientHello with its legacy_version, the second a ServerHello, and CertificateVerify
 * comes right behind ClientKeyExchange. */
static bool is_tls12(const struct buf *content)
{
    const uint8_t *p = content->data, *end = p + content->len;
    int last = 0;
    if (content->len < 100 || p[0] != CLIENT_HELLO || p[4] != 3 || p[5] != 3)
        return false;
    while (end - p >= 4) {
        size_t len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (len > (size_t)(end - p) - 4 || (last == CLIENT_HELLO && p[0] != SERVER_HELLO))
            return false;
        last = p[0];
        p += 4 + len;
    }
    return p == end && last == CLIENT_KEY_EXCHANGE;
}

bool tls_sign_allows(const struct buf *content)
{
    return is_tls13(content) || is_tls12(content);
}

/* How long a TPM makes the salt of PSS is up to its maker, and TLS takes one length only. */
static int check_salt(EVP_PKEY *key, const struct tls_scheme *scheme, const struct buf *content,
                      const uint8_t *signature, size_t len, struct err *err)
{
    uint8_t *der = NULL;
    int der_len = i2d_PUBKEY(key, &der);
    const uint8_t *at = der;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *public = der_len > 0 ? d2i_PUBKEY(NULL, &at, der_len) : NULL;
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    OPENSSL_free(der);
    if (!public || !context ||
        EVP_DigestVerifyInit_ex(context, &options, scheme->digest, NULL, NULL, public, NULL) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) <= 0)
        return openssl_error(err, ERR_RESOURCE, "look at what the TPM has signed");
    if (EVP_DigestVerify(context, signature, len, content->data, content->len) == 1)
        return 0;
    ERR_clear_error();
    return err_set(err, ERR_CONFIG,
                   "this machine's TPM makes PSS signatures whose salt is not as long as the hash, "
                   "which TLS refuses; use key-type = ec in that profile");
}

int tls_sign(EVP_PKEY *key, const char *name, const struct buf *content, struct buf *ret,
             struct err *err)
{
    const struct tls_scheme *scheme = tls_scheme_named(name);
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    uint8_t signature[1024]; /* RSA of 8192 bits */
    size_t len = sizeof signature;
    if (!tls_sign_allows(content))
        return err_set(err, ERR_DENIED, "what signet-fetch wants signed is no TLS handshake");
    if (!scheme || !EVP_PKEY_is_a(key, scheme->type))
        return err_set(err, ERR_BUG, "the key does not sign by %.40s", name);

    ERR_clear_error();
    if (!context ||
        EVP_DigestSignInit_ex(context, &options, scheme->digest, tpm_library(key),
                              tpm_properties(key), key, NULL) <= 0 ||
        (scheme->pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <= 0 ||
                         (!tpm_holds(key) &&
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) <= 0))))
        return openssl_error(err, ERR_CONFIG, "the key does not sign in the way that TLS wants");
    if ((size_t)EVP_PKEY_get_size(key) > sizeof signature ||
        EVP_DigestSign(context, signature, &len, content->data, content->len) <= 0)
        return openssl_error(err, ERR_RETRY, "the key did not sign");
    int rc =
        scheme->pss && tpm_holds(key) ? check_salt(key, scheme, content, signature, len, err) : 0;
    return rc < 0 ? rc : buf_add(ret, signature, len, err);
}
