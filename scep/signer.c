#include "scep/signer.h"

#include "scep/caps.h"
#include "scep/openable.h"

#include <string.h>

#define TEMPORARY_KEY_SIZE 2048
/* Back, for servers whose clock is late; ahead, for CAs whose people take months to approve. */
#define VALID_BEFORE (-24 * 3600L)
#define VALID_AFTER  (365 * 24 * 3600L)
/* Hex digits of the transactionID that make the serial number; RFC 5280 allows 20 bytes. */
#define SERIAL_DIGITS 30

void signer_free(struct signer *signer)
{
    X509_free(signer->certificate);
    EVP_PKEY_free(signer->key);
    *signer = (struct signer){0};
}

bool signer_is_of_use(const X509 *certificate, EVP_PKEY *key)
{
    return certificate && key && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 &&
           openable_with(key);
}

int signer_given(X509 *certificate, EVP_PKEY *key, struct signer *ret, struct err *err)
{
    if (!X509_up_ref(certificate))
        return err_memory(err);
    if (!EVP_PKEY_up_ref(key)) {
        X509_free(certificate);
        return err_memory(err);
    }
    *ret = (struct signer){.certificate = certificate, .key = key};
    return 0;
}

static int set_serial(X509 *certificate, const char *transaction_id)
{
    char digits[SERIAL_DIGITS + 2];
    snprintf(digits, sizeof digits, "1%.*s", SERIAL_DIGITS, transaction_id);
    CLEANUP(BN_free_p) BIGNUM *number = NULL;
    return BN_hex2bn(&number, digits) == (int)strlen(digits) &&
           BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
}

static int add_key_usage(X509 *certificate)
{
    CLEANUP(ASN1_BIT_STRING_free_p) ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    return bits && ASN1_BIT_STRING_set_bit(bits, 0, 1) && ASN1_BIT_STRING_set_bit(bits, 2, 1) &&
           X509_add1_ext_i2d(certificate, NID_key_usage, bits, 1, X509V3_ADD_APPEND) == 1;
}

static int self_sign(EVP_PKEY *key, const X509_NAME *subject, enum hash hash,
                     const char *transaction_id, X509 **ret, struct err *err)
{
    CLEANUP(X509_free_p) X509 *certificate = X509_new_ex(tpm_library(key), tpm_properties(key));
    if (!certificate)
        return err_memory(err);
    if (!X509_set_version(certificate, X509_VERSION_3) ||
        !set_serial(certificate, transaction_id) || !X509_set_subject_name(certificate, subject) ||
        !X509_set_issuer_name(certificate, subject) ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), VALID_BEFORE) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_AFTER) ||
        !X509_set_pubkey(certificate, key) || !add_key_usage(certificate) ||
        !X509_sign(certificate, key, hash_digest(hash)))
        return openssl_error(err, ERR_BUG, "cannot make the self-signed certificate of a request");
    *ret = steal(&certificate);
    return 0;
}

int signer_self(EVP_PKEY *key, const X509_NAME *subject, enum hash hash, const char *transaction_id,
                struct signer *ret, struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *own = NULL;
    bool opens = key && EVP_PKEY_is_a(key, "RSA") && openable_with(key);
    deadline start = deadline_in(0);
    if (opens) {
        if (!EVP_PKEY_up_ref(key))
            return err_memory(err);
        own = key;
    } else {
        int rc = key_generate(false, TEMPORARY_KEY_SIZE, &own, err);
        if (rc < 0)
            return rc;
    }
    int64_t key_ms = deadline_in(0) - start;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    int rc = self_sign(own, subject, hash, transaction_id, &certificate, err);
    if (rc < 0)
        return rc;
    *ret = (struct signer){steal(&certificate), steal(&own), key_ms};
    return 0;
}
