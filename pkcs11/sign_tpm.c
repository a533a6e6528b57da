#include "pkcs11/sign_tpm.h"

#include "store/key.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define DIGEST_MAX 64

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(X509_SIG *, X509_SIG_free)

/* What the TPM is given. */
struct digest {
    const EVP_MD *md;
    uint8_t data[DIGEST_MAX];
    size_t len;
};

static int refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_CONFIG, "the key is in a TPM, which does not sign %s", what);
}

static int take(const EVP_MD *md, const uint8_t *data, size_t len, struct digest *ret,
                struct err *err)
{
    if (!md || len > sizeof ret->data || len != (size_t)EVP_MD_get_size(md))
        return refuse(err, "anything but a hash of SHA-1 or SHA-2");
    ret->md = md;
    memcpy(ret->data, data, len);
    ret->len = len;
    return 0;
}

/* In DER, with a NULL for parameter: the TPM signs no other. */
static bool is_as_tpm_makes_it(const X509_SIG *info, const struct sign_tpm_input *input)
{
    const X509_ALGOR *algorithm;
    unsigned char *der = NULL;
    int len = i2d_X509_SIG(info, &der), parameter;
    X509_SIG_get0(info, &algorithm, NULL);
    X509_ALGOR_get0(NULL, &parameter, NULL, algorithm);
    bool same = len >= 0 && (size_t)len == input->len && memcmp(der, input->data, input->len) == 0;
    OPENSSL_free(der);
    return same && parameter == V_ASN1_NULL;
}

/* DigestInfo (RFC 8017 section 9.2), which X509_SIG is too. */
static int take_digest_info(const struct sign_tpm_input *input, struct digest *ret, struct err *err)
{
    const uint8_t *at = input->data;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *hash;
    const ASN1_OBJECT *oid;
    CLEANUP(X509_SIG_free_p) X509_SIG *info = d2i_X509_SIG(NULL, &at, (long)input->len);
    ERR_clear_error();
    if (!info || !is_as_tpm_makes_it(info, input))
        return refuse(err, "anything but a DigestInfo with this mechanism");
    X509_SIG_get0(info, &algorithm, &hash);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return take(EVP_get_digestbyobj(oid), ASN1_STRING_get0_data(hash),
                (size_t)ASN1_STRING_length(hash), ret, err);
}

/* ECDSA takes the leftmost bits of what is longer than the curve, and what is shorter as a number
 * (FIPS 186-4 section 6.4): the same signature then comes of a hash as long as the TPM wants it. */
static int take_for_curve(EVP_PKEY *key, const struct sign_tpm_input *input, struct digest *ret,
                          struct err *err)
{
    int bits = EVP_PKEY_get_bits(key);
    size_t size = bits <= 256 ? 32 : bits <= 384 ? 48 : 64;
    if (bits > 384 && input->len > size)
        return refuse(err, "more than 64 bytes with this curve");
    size_t len = input->len < size ? input->len : size;
    ret->md = size == 32 ? EVP_sha256() : size == 48 ? EVP_sha384() : EVP_sha512();
    memset(ret->data, 0, size);
    memcpy(ret->data + size - len, input->data, len);
    ret->len = size;
    return 0;
}

static int take_input(EVP_PKEY *key, const struct sign_tpm_input *input, struct digest *ret,
                      struct err *err)
{
    switch (input->padding) {
    case 0:
        return take_for_curve(key, input, ret, err);
    case RSA_PKCS1_PADDING:
        return input->md ? take(input->md, input->data, input->len, ret, err)
                         : take_digest_info(input, ret, err);
    case RSA_PKCS1_PSS_PADDING:
        if (input->mgf1 != input->md || input->salt_len != input->len)
            return refuse(err, "with this mask generation function, or a salt that is not as long "
                               "as the hash");
        return take(input->md, input->data, input->len, ret, err);
    default:
        return refuse(err, "with this mechanism");
    }
}

/* How long a TPM makes the salt of PSS is up to its maker, and the others' TLS takes one length
 * only. */
static int check_pss(EVP_PKEY *key, const struct digest *digest, const struct buf *signature,
                     struct err *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *public = len > 0 ? d2i_PUBKEY(NULL, &at, len) : NULL;
    OPENSSL_free(der);
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = public ? EVP_PKEY_CTX_new(public, NULL) : NULL;
    if (!context || EVP_PKEY_verify_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_signature_md(context, digest->md) <= 0 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) <= 0)
        return openssl_error(err, ERR_RESOURCE, "look at what the TPM has signed");
    if (EVP_PKEY_verify(context, signature->data, signature->len, digest->data, digest->len) == 1)
        return 0;
    ERR_clear_error();
    return err_set(err, ERR_CONFIG,
                   "this machine's TPM makes PSS signatures whose salt is not as long as the hash, "
                   "which TLS refuses; use key-type = ec in the profile");
}

int sign_tpm(EVP_PKEY *key, const struct sign_tpm_input *input, struct buf *ret, struct err *err)
{
    struct digest digest;
    autobuf signature = {0};
    size_t len = (size_t)EVP_PKEY_get_size(key);
    int rc = take_input(key, input, &digest, err);
    if (rc == 0)
        rc = buf_reserve(&signature, len, err);
    if (rc < 0)
        return rc;

    ERR_clear_error();
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(tpm_library(key), key, tpm_properties(key));
    if (!context || EVP_PKEY_sign_init(context) <= 0 ||
        (input->padding && EVP_PKEY_CTX_set_rsa_padding(context, input->padding) <= 0) ||
        EVP_PKEY_CTX_set_signature_md(context, digest.md) <= 0)
        return openssl_error(err, ERR_CONFIG, "the TPM does not sign in this way");
    if (EVP_PKEY_sign(context, signature.data, &len, digest.data, digest.len) <= 0)
        return tpm_failed(ERR_RETRY, "the TPM did not sign", err);
    signature.len = len;
    signature.data[len] = 0;
    rc = input->padding == RSA_PKCS1_PSS_PADDING ? check_pss(key, &digest, &signature, err) : 0;
    if (rc < 0)
        return rc;
    buf_free(ret);
    *ret = signature;
    signature = (struct buf){0};
    return 0;
}
