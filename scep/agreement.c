#include "scep/agreement.h"

#include "scep/ecdh.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#define KEK_MAX     32
#define WRAPPED_MIN 16
#define WRAPPED_MAX 64 /* the key of any cipher, and what wrapping it adds */

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DEFINE_CLEANUP(EVP_KDF *, EVP_KDF_free)
DEFINE_CLEANUP(EVP_KDF_CTX *, EVP_KDF_CTX_free)

typedef struct {
    X509_ALGOR *wrap;
    ASN1_OCTET_STRING *ukm;
    ASN1_OCTET_STRING *bits; /* of the key that wraps */
} SHARED_INFO;

/* clang-format off */
ASN1_SEQUENCE(SHARED_INFO) = {
    ASN1_SIMPLE(SHARED_INFO, wrap, X509_ALGOR),
    ASN1_EXP_OPT(SHARED_INFO, ukm, ASN1_OCTET_STRING, 0),
    ASN1_EXP(SHARED_INFO, bits, ASN1_OCTET_STRING, 2),
} static_ASN1_SEQUENCE_END(SHARED_INFO)
/* clang-format on */

/* On the curves that are there the cofactor is one, so that both kinds of agreement are the same.
 */
static const struct {
    int nid;
    const char *digest; /* of the key derivation */
} schemes[] = {
    {NID_dhSinglePass_stdDH_sha1kdf_scheme, "SHA1"},
    {NID_dhSinglePass_stdDH_sha224kdf_scheme, "SHA224"},
    {NID_dhSinglePass_stdDH_sha256kdf_scheme, "SHA256"},
    {NID_dhSinglePass_stdDH_sha384kdf_scheme, "SHA384"},
    {NID_dhSinglePass_stdDH_sha512kdf_scheme, "SHA512"},
    {NID_dhSinglePass_cofactorDH_sha1kdf_scheme, "SHA1"},
    {NID_dhSinglePass_cofactorDH_sha224kdf_scheme, "SHA224"},
    {NID_dhSinglePass_cofactorDH_sha256kdf_scheme, "SHA256"},
    {NID_dhSinglePass_cofactorDH_sha384kdf_scheme, "SHA384"},
    {NID_dhSinglePass_cofactorDH_sha512kdf_scheme, "SHA512"},
};

struct wrap {
    int nid;
    const EVP_CIPHER *(*cipher)(void);
    int as_strong_as; /* for minimum-crypto */
};

static const struct wrap wraps[] = {
    {NID_id_smime_alg_CMS3DESwrap, EVP_des_ede3_wrap, NID_des_ede3_cbc},
    {NID_id_aes128_wrap, EVP_aes_128_wrap, NID_aes_128_cbc},
    {NID_id_aes192_wrap, EVP_aes_192_wrap, NID_aes_192_cbc},
    {NID_id_aes256_wrap, EVP_aes_256_wrap, NID_aes_256_cbc},
};

/* How the key was wrapped. */
struct agreement {
    const char *digest;
    const struct wrap *wrap;
};

static int read_scheme(const X509_ALGOR *scheme, struct agreement *ret, struct err *err)
{
    int nid = OBJ_obj2nid(scheme->algorithm);
    for (size_t i = 0; i < LENGTH(schemes); i++)
        if (schemes[i].nid == nid) {
            ret->digest = schemes[i].digest;
            return 0;
        }
    return enveloped_unknown("key agreement", scheme->algorithm, err);
}

static int read_wrap(const X509_ALGOR *scheme, const struct strength *strength,
                     struct agreement *ret, X509_ALGOR **ret_algorithm, struct err *err)
{
    const ASN1_TYPE *parameter = scheme->parameter;
    CLEANUP(X509_ALGOR_free_p)
    X509_ALGOR *algorithm = parameter && parameter->type == V_ASN1_SEQUENCE
                                ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), parameter)
                                : NULL;
    int nid = algorithm ? OBJ_obj2nid(algorithm->algorithm) : NID_undef;
    ERR_clear_error();
    for (size_t i = 0; i < LENGTH(wraps); i++) {
        if (wraps[i].nid != nid)
            continue;
        if (strength_cipher(strength, wraps[i].as_strong_as, err) < 0)
            return err_context(err, "the key wrap of the answer's envelope");
        ret->wrap = &wraps[i];
        *ret_algorithm = steal(&algorithm);
        return 0;
    }
    return enveloped_unknown("key wrap", algorithm ? algorithm->algorithm : NULL, err);
}

/* ECC-CMS-SharedInfo (RFC 5753 section 7.2). */
static int shared_info(X509_ALGOR *wrap, ASN1_OCTET_STRING *ukm, size_t kek_len, struct buf *ret,
                       struct err *err)
{
    const uint8_t bits[] = {0, 0, (uint8_t)(kek_len >> 5), (uint8_t)(kek_len << 3)};
    CLEANUP(ASN1_STRING_free_p) ASN1_OCTET_STRING *supp = ASN1_OCTET_STRING_new();
    if (!supp || !ASN1_OCTET_STRING_set(supp, bits, sizeof bits))
        return err_memory(err);
    SHARED_INFO info = {wrap, ukm, supp};
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len =
        ASN1_item_i2d((const ASN1_VALUE *)(const void *)&info, &der, ASN1_ITEM_rptr(SHARED_INFO));
    return len < 0 ? openssl_error(err, ERR_RESOURCE, enveloped_failed)
                   : buf_add(ret, der, (size_t)len, err);
}

/* The key that wraps the key, LEN bytes. */
static int derive_kek(const struct buf *secret, const char *digest, const struct buf *info,
                      uint8_t *ret, size_t len, struct err *err)
{
    CLEANUP(EVP_KDF_free_p) EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_X963KDF, NULL);
    CLEANUP(EVP_KDF_CTX_free_p) EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret->data, secret->len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info->data, info->len),
        OSSL_PARAM_construct_end(),
    };
    return context && EVP_KDF_derive(context, ret, len, parameters) > 0
               ? 0
               : openssl_error(err, ERR_CONFIG, enveloped_failed);
}

static int unwrap(const EVP_CIPHER *wrap, const uint8_t *kek, const ASN1_OCTET_STRING *wrapped,
                  struct buf *ret, struct err *err)
{
    if (wrapped->length < WRAPPED_MIN || wrapped->length > WRAPPED_MAX)
        return err_set(err, ERR_CONFIG, "the answer's envelope: its wrapped key has %d bytes",
                       wrapped->length);
    CLEANUP(EVP_CIPHER_CTX_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int rc = buf_reserve(ret, WRAPPED_MAX, err);
    if (rc < 0)
        return rc;
    if (context)
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    int n = 0, rest = 0;
    uint8_t *out = ret->data + ret->len;
    if (!context || !EVP_DecryptInit_ex(context, wrap, NULL, kek, NULL) ||
        !EVP_DecryptUpdate(context, out, &n, wrapped->data, wrapped->length) || n <= 0 ||
        !EVP_DecryptFinal_ex(context, out + n, &rest))
        return openssl_error(err, ERR_CONFIG, enveloped_failed);
    ret->len += (size_t)(n + rest);
    return 0;
}

int agreement_open(const ENVELOPE *envelope, const struct signer *signer,
                   const struct strength *strength, struct buf *ret, struct err *err)
{
    struct agreement agreement = {0};
    CLEANUP(X509_ALGOR_free_p) X509_ALGOR *algorithm = NULL;
    const KEY_AGREEMENT *from = NULL;
    const AGREED_KEY *to = enveloped_agreed(envelope, signer->certificate, &from);
    if (!to)
        return err_set(err, ERR_CONFIG, "the answer's envelope is not addressed to us");
    if (from->originator->type != ORIGINATOR_IS_KEY)
        return err_set(err, ERR_CONFIG,
                       "the answer's envelope does not hold the server's key for it");
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *peer = NULL;
    autobuf secret = {0}, info = {0};
    uint8_t kek[KEK_MAX];
    int rc = read_scheme(from->scheme, &agreement, err);
    if (rc == 0)
        rc = read_wrap(from->scheme, strength, &agreement, &algorithm, err);
    if (rc == 0)
        rc = ecdh_peer(signer->key, from->originator->d.key, &peer, err);
    if (rc == 0)
        rc = ecdh_derive(signer->key, peer, &secret, err);
    if (rc < 0)
        return rc;
    size_t len = (size_t)EVP_CIPHER_get_key_length(agreement.wrap->cipher());
    rc = shared_info(algorithm, from->ukm, len, &info, err);
    if (rc == 0)
        rc = derive_kek(&secret, agreement.digest, &info, kek, len, err);
    if (rc == 0)
        rc = unwrap(agreement.wrap->cipher(), kek, to->wrapped, ret, err);
    OPENSSL_cleanse(kek, sizeof kek);
    return rc;
}
