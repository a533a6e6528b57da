#include "pkcs11/fields.h"

#include "store/key.h"

#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define POINT_MAX 256 /* P-521 needs 133 bytes */

DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(BIGNUM *, BN_free)
DEFINE_CLEANUP(ASN1_BIT_STRING *, ASN1_BIT_STRING_free)

struct fields_spki {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *key;
};

struct tbs_certificate {
    ASN1_INTEGER *version, *serial;
    X509_ALGOR *signature;
    X509_NAME *issuer;
    X509_VAL *validity;
    X509_NAME *subject;
    struct fields_spki *spki;
    ASN1_BIT_STRING *issuer_uid, *subject_uid;
    STACK_OF(X509_EXTENSION) *extensions;
};

struct fields_certificate {
    struct tbs_certificate *tbs;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
};

struct fields_rsa {
    ASN1_INTEGER *modulus, *exponent;
};

/* OpenSSL's ASN.1 parser takes the structure as a table. */
/* clang-format off */
typedef struct fields_spki SPKI;
typedef struct tbs_certificate TBS;
typedef struct fields_certificate CERTIFICATE;
typedef struct fields_rsa RSA_KEY;

ASN1_SEQUENCE(SPKI) = {
    ASN1_SIMPLE(SPKI, algorithm, X509_ALGOR),
    ASN1_SIMPLE(SPKI, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(SPKI)

ASN1_SEQUENCE(TBS) = {
    ASN1_EXP_OPT(TBS, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(TBS, serial, ASN1_INTEGER),
    ASN1_SIMPLE(TBS, signature, X509_ALGOR),
    ASN1_SIMPLE(TBS, issuer, X509_NAME),
    ASN1_SIMPLE(TBS, validity, X509_VAL),
    ASN1_SIMPLE(TBS, subject, X509_NAME),
    ASN1_SIMPLE(TBS, spki, SPKI),
    ASN1_IMP_OPT(TBS, issuer_uid, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(TBS, subject_uid, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(TBS, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(TBS)

ASN1_SEQUENCE(CERTIFICATE) = {
    ASN1_SIMPLE(CERTIFICATE, tbs, TBS),
    ASN1_SIMPLE(CERTIFICATE, algorithm, X509_ALGOR),
    ASN1_SIMPLE(CERTIFICATE, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(CERTIFICATE)

ASN1_SEQUENCE(RSA_KEY) = {
    ASN1_SIMPLE(RSA_KEY, modulus, ASN1_INTEGER),
    ASN1_SIMPLE(RSA_KEY, exponent, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END(RSA_KEY)
/* clang-format on */

void fields_free(struct fields *fields)
{
    ASN1_item_free((ASN1_VALUE *)fields->rsa, ASN1_ITEM_rptr(RSA_KEY));
    ASN1_item_free((ASN1_VALUE *)fields->parsed, ASN1_ITEM_rptr(CERTIFICATE));
    buf_free(&fields->der);
    *fields = (struct fields){0};
}

static bool read_rsa(const uint8_t *der, size_t len, struct fields *ret)
{
    const uint8_t *p = der;
    ret->rsa = (void *)ASN1_item_d2i(NULL, &p, (long)len, ASN1_ITEM_rptr(RSA_KEY));
    if (!ret->rsa || p != der + len)
        return false;
    ret->modulus = ret->rsa->modulus;
    ret->exponent = ret->rsa->exponent;
    return ASN1_STRING_type(ret->modulus) == V_ASN1_INTEGER && /* not negative */
           ASN1_STRING_type(ret->exponent) == V_ASN1_INTEGER;
}

static void read_key(struct fields *ret)
{
    const ASN1_BIT_STRING *key = ret->spki->key;
    const ASN1_OBJECT *algorithm;
    const void *parameters;
    int type;
    X509_ALGOR_get0(&algorithm, &type, &parameters, ret->spki->algorithm);
    int nid = OBJ_obj2nid(algorithm);

    ret->key = FIELDS_OTHER;
    if (nid == NID_rsaEncryption &&
        read_rsa(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key), ret))
        ret->key = FIELDS_RSA;
    if (nid == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT) {
        ret->key = FIELDS_EC;
        ret->curve = parameters;
        ret->point = ASN1_STRING_get0_data(key);
        ret->point_len = (size_t)ASN1_STRING_length(key);
    }
    ERR_clear_error();
}

/* An extension that cannot be read allows nothing. */
static void read_usage(struct fields *ret)
{
    enum { DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, DATA_ENCIPHERMENT };
    int critical; /* -1: there is none */
    CLEANUP(ASN1_BIT_STRING_free_p)
    ASN1_BIT_STRING *bits =
        X509V3_get_d2i(ret->parsed->tbs->extensions, NID_key_usage, &critical, NULL);
    bool silent = !bits && critical == -1;
    ret->may_sign = silent || ASN1_BIT_STRING_get_bit(bits, DIGITAL_SIGNATURE) ||
                    ASN1_BIT_STRING_get_bit(bits, NON_REPUDIATION);
    ret->may_decrypt = (silent || ASN1_BIT_STRING_get_bit(bits, KEY_ENCIPHERMENT) ||
                        ASN1_BIT_STRING_get_bit(bits, DATA_ENCIPHERMENT)) &&
                       ret->key == FIELDS_RSA;
    ERR_clear_error();
}

static int parse(const uint8_t *der, size_t len, const char *what, struct fields *ret,
                 struct err *err)
{
    CLEANUP(fields_free) struct fields fields = {0};
    const uint8_t *p = der;
    int rc = buf_add(&fields.der, der, len, err);
    if (rc < 0)
        return rc;
    ERR_clear_error();
    fields.parsed = (void *)ASN1_item_d2i(NULL, &p, (long)len, ASN1_ITEM_rptr(CERTIFICATE));
    if (!fields.parsed)
        return openssl_error(err, ERR_CONFIG, what);
    if (p != der + len)
        return err_set(err, ERR_CONFIG, "%s: something follows the certificate", what);
    if (EVP_Digest(der, len, fields.fingerprint, NULL, EVP_sha256(), NULL) != 1)
        return openssl_error(err, ERR_BUG, "SHA-256");

    const struct tbs_certificate *tbs = fields.parsed->tbs;
    fields.subject = tbs->subject;
    fields.issuer = tbs->issuer;
    fields.serial = tbs->serial;
    fields.not_before = tbs->validity->notBefore;
    fields.not_after = tbs->validity->notAfter;
    fields.spki = tbs->spki;
    read_key(&fields);
    read_usage(&fields);
    *ret = fields;
    fields = (struct fields){0};
    return 0;
}

int fields_from_der(const struct buf *der, const char *what, struct fields *ret, struct err *err)
{
    return parse(der->data, der->len, what, ret, err);
}

/* The next certificate: 1, or 0 when there is none. */
static int read_next(BIO *bio, const char *what, struct fields *ret, struct err *err)
{
    unsigned char *der = NULL;
    long len;
    ERR_clear_error();
    if (!PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL)) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            return openssl_error(err, ERR_CONFIG, what);
        ERR_clear_error();
        return 0;
    }
    int rc = parse(der, (size_t)len, what, ret, err);
    OPENSSL_free(der);
    return rc < 0 ? rc : 1;
}

int fields_chain_from_pem(const struct buf *pem, const char *what, struct fields_chain *ret,
                          struct err *err)
{
    CLEANUP(fields_chain_free) struct fields_chain chain = {0};
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
    chain.v = calloc(FIELDS_CHAIN_MAX, sizeof *chain.v);
    if (!bio || !chain.v)
        return err_memory(err);

    struct fields one = {0};
    int rc;
    while ((rc = read_next(bio, what, &one, err)) == 1) {
        if (chain.n == FIELDS_CHAIN_MAX) {
            fields_free(&one);
            return err_set(err, ERR_RESOURCE, "%s: more than %d certificates", what,
                           FIELDS_CHAIN_MAX);
        }
        chain.v[chain.n++] = one;
        one = (struct fields){0};
    }
    if (rc < 0)
        return rc;
    *ret = chain;
    chain = (struct fields_chain){0};
    return 0;
}

void fields_chain_free(struct fields_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        fields_free(&chain->v[i]);
    free(chain->v);
    *chain = (struct fields_chain){0};
}

int fields_from_pem(const struct buf *pem, const char *what, struct fields *ret, struct err *err)
{
    CLEANUP(fields_chain_free) struct fields_chain chain = {0};
    int rc = fields_chain_from_pem(pem, what, &chain, err);
    if (rc < 0)
        return rc;
    if (chain.n != 1)
        return err_set(err, ERR_CONFIG, "%s: holds %zu certificates, one is wanted", what, chain.n);
    *ret = chain.v[0];
    chain.v[0] = (struct fields){0};
    return 0;
}

int fields_spki_der(const struct fields *fields, unsigned char **ret)
{
    return ASN1_item_i2d((const ASN1_VALUE *)fields->spki, ret, ASN1_ITEM_rptr(SPKI));
}

bool fields_match(const struct fields *fields, EVP_PKEY *key)
{
    CLEANUP(BN_free_p) BIGNUM *ours = NULL;
    CLEANUP(BN_free_p) BIGNUM *theirs = NULL;
    uint8_t point[POINT_MAX];
    size_t len;

    if (fields->key == FIELDS_RSA)
        return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &ours) == 1 &&
               (theirs = ASN1_INTEGER_to_BN(fields->modulus, NULL)) && BN_cmp(ours, theirs) == 0;
    return fields->key == FIELDS_EC &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                                           &len) == 1 &&
           len == fields->point_len && memcmp(point, fields->point, len) == 0;
}
