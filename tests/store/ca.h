/* Certificates to order. */
#ifndef SIGNET_TESTS_STORE_CA_H
#define SIGNET_TESTS_STORE_CA_H

#include "store/key.h"
#include "tests/suite.h"

#include <openssl/x509v3.h>

struct order {
    int version;                     /* as people count: 1 or 3 */
    const char *constraints, *usage; /* extensions as openssl.cnf writes them; NULL: none */
    bool unknown;                    /* a critical extension that nobody knows */
    enum { SELF, BY_ANOTHER, FORGED } signature;
    const char *name; /* subject CN; NULL: "root" */
};

static inline void ca_extend(X509 *cert, int nid, const char *value)
{
    if (!value)
        return;
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ck_assert_msg(extension != NULL, "%s", value);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* 1.3.6.1.4.1.55555.1, critical. */
static inline void ca_extend_unknown(X509 *cert)
{
    ASN1_OBJECT *object = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

/* DER of the certificate. */
static inline struct buf ca_make(const struct order *order)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *other = EVP_EC_gen("P-256");
    CLEANUP(X509_free_p) X509 *cert = X509_new();
    const char *name = order->name ? order->name : "root";
    X509_NAME *issuer = X509_NAME_new();
    X509_set_version(cert, order->version - 1);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "20400101000000Z");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_NAME_add_entry_by_txt(
        issuer, "CN", MBSTRING_UTF8,
        (const unsigned char *)(order->signature == BY_ANOTHER ? "top" : name), -1, -1, 0);
    X509_set_issuer_name(cert, issuer);
    X509_NAME_free(issuer);
    X509_set_pubkey(cert, key);
    ca_extend(cert, NID_basic_constraints, order->constraints);
    ca_extend(cert, NID_key_usage, order->usage);
    if (order->unknown)
        ca_extend_unknown(cert);
    ck_assert_int_gt(X509_sign(cert, order->signature == SELF ? key : other, EVP_sha256()), 0);

    struct buf der = {0};
    unsigned char *data = NULL;
    int len = i2d_X509(cert, &data);
    ck_assert_int_gt(len, 0);
    ck_assert_int_eq(buf_add(&der, data, (size_t)len, NULL), 0);
    OPENSSL_free(data);
    return der;
}

#endif
