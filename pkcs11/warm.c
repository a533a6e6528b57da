#include "pkcs11/warm.h"

#include "base/nss.h"
#include "pkcs11/describe.h"
#include "pkcs11/sign_store.h"
#include "pkcs11/snapshot.h"

#include <malloc.h>

/* Never leaves this file; quick to make, and long enough for PSS with SHA-512. */
#define RSA_BITS 1024

static const struct key_operation rsa_operations[] = {
    {.mechanism = CKM_RSA_PKCS},
    {.mechanism = CKM_SHA1_RSA_PKCS},
    {.mechanism = CKM_SHA256_RSA_PKCS},
    {.mechanism = CKM_SHA384_RSA_PKCS},
    {.mechanism = CKM_SHA256_RSA_PKCS_PSS, .hash = CKM_SHA256, .mgf = CKG_MGF1_SHA256},
};

static const struct key_operation ec_operations[] = {
    {.mechanism = CKM_ECDSA},
    {.mechanism = CKM_ECDSA_SHA256},
};

static int make_certificate(EVP_PKEY *key, struct buf *ret_pem, struct err *err)
{
    CLEANUP(X509_free_p) X509 *certificate = X509_new();
    X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;
    if (!name || X509_set_version(certificate, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)"warm", -1, -1, 0) !=
            1 ||
        X509_set_issuer_name(certificate, name) != 1 ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), 0) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), 60) ||
        X509_set_pubkey(certificate, key) != 1 || X509_sign(certificate, key, EVP_sha256()) <= 0)
        return openssl_error(err, ERR_RESOURCE, "warm up");
    return certificate_to_pem(certificate, ret_pem, err);
}

/* The way of a snapshot. */
static int show(const struct buf *cert_pem, struct err *err)
{
    const struct entry_id id = {.owner = {.device = true}, .profile = "warm"};
    CLEANUP(fields_free) struct fields certificate = {0};
    autosnapshot *snapshot = NULL;
    int rc = fields_from_pem(cert_pem, "warm up", &certificate, err);
    if (rc == 0)
        rc = snapshot_new(&snapshot, err);
    if (rc == 0)
        rc = describe_generation(snapshot, &id, 1, 0, &certificate, err);
    return rc == 0 ? describe_issuer(snapshot, &id, 0, &certificate, err) : rc;
}

/* The way of a signature. */
static int use(const struct buf *key_pem, const struct key_operation *operations, size_t n,
               struct err *err)
{
    CLEANUP(sign_key_free) struct sign_key key = {.may_sign = true, .may_decrypt = true};
    autobuf data = {0}, signature = {0};
    int rc = key_from_pem(key_pem, &key.key, err);
    if (rc == 0)
        rc = buf_add_text(&data, "0123456789abcdef0123456789abcdef", err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = sign_store_sign(&key, &operations[i], &data, &signature, err);
    return rc;
}

static int warm_kind(bool ec, unsigned size, const struct key_operation *operations, size_t n,
                     struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf key_pem = {0}, cert_pem = {0};
    int rc = key_generate(ec, size, &key, err);
    if (rc == 0)
        rc = key_to_pem(key, &key_pem, err);
    if (rc == 0)
        rc = make_certificate(key, &cert_pem, err);
    if (rc == 0)
        rc = show(&cert_pem, err);
    return rc == 0 ? use(&key_pem, operations, n, err) : rc;
}

/* Whatever comes of it. */
static void warm_names(void)
{
    struct passwd user;
    autobuf buffer = {0};
    nss_user(geteuid(), &user, &buffer, NULL);
}

int warm_up(struct err *err)
{
    warm_names();
    int rc = warm_kind(false, RSA_BITS, rsa_operations, LENGTH(rsa_operations), err);
    if (rc == 0)
        rc = warm_kind(true, 256, ec_operations, LENGTH(ec_operations), err);
    malloc_trim(0); /* what children would otherwise copy on their first write */
    return rc;
}
