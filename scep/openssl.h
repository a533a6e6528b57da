/* OpenSSL's objects, released when they leave their scope. */
#ifndef SIGNET_SCEP_OPENSSL_H
#define SIGNET_SCEP_OPENSSL_H

#include "base/buf.h"
#include "store/key.h"
#include "store/tpm.h"

#include <openssl/cms.h>
#include <openssl/x509v3.h>

static inline void extensions_free(STACK_OF(X509_EXTENSION) *stack)
{
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}

static inline void bytes_free(uint8_t *bytes)
{
    OPENSSL_free(bytes);
}

DEFINE_CLEANUP(ASN1_BIT_STRING *, ASN1_BIT_STRING_free)
DEFINE_CLEANUP(ASN1_INTEGER *, ASN1_INTEGER_free)
DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)
DEFINE_CLEANUP(ASN1_STRING *, ASN1_STRING_free)
DEFINE_CLEANUP(ASN1_TYPE *, ASN1_TYPE_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(BIGNUM *, BN_free)
DEFINE_CLEANUP(CMS_ContentInfo *, CMS_ContentInfo_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)
DEFINE_CLEANUP(GENERAL_NAME *, GENERAL_NAME_free)
DEFINE_CLEANUP(GENERAL_NAMES *, GENERAL_NAMES_free)
DEFINE_CLEANUP(PKCS7 *, PKCS7_free)
DEFINE_CLEANUP(PKCS7_ISSUER_AND_SERIAL *, PKCS7_ISSUER_AND_SERIAL_free)
DEFINE_CLEANUP(X509_ALGOR *, X509_ALGOR_free)
DEFINE_CLEANUP(X509_ATTRIBUTE *, X509_ATTRIBUTE_free)
DEFINE_CLEANUP(X509_CRL *, X509_CRL_free)
DEFINE_CLEANUP(X509_NAME *, X509_NAME_free)
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free)
DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
DEFINE_CLEANUP(STACK_OF(X509_EXTENSION) *, extensions_free)
DEFINE_CLEANUP(uint8_t *, bytes_free)

/* Reads BUF; NULL when out of memory. An empty buffer is an empty stream. */
static inline BIO *bio_of(const struct buf *buf)
{
    return BIO_new_mem_buf(buf->len ? (const void *)buf->data : "", (int)buf->len);
}

#endif
