#include "scep/issued.h"

#include "scep/print.h"

#include <openssl/err.h>
#include <string.h>

/* What is larger is no certificate that the programs which it is for would take. */
#define CERTIFICATE_MAX 16384

enum kind { OURS, OLD_AGAIN, OLD_SERIAL, OLD_KEY, OTHER };

static bool same_key(const X509 *certificate, EVP_PKEY *key)
{
    EVP_PKEY *its = X509_get0_pubkey(certificate);
    return its && EVP_PKEY_eq(its, key) == 1;
}

static bool same_serial(const X509 *a, const X509 *b)
{
    return ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)) == 0 &&
           X509_NAME_cmp(X509_get_issuer_name(a), X509_get_issuer_name(b)) == 0;
}

static enum kind classify(const X509 *certificate, EVP_PKEY *key, const X509 *old)
{
    if (old && same_serial(certificate, old))
        return X509_cmp(certificate, old) == 0 ? OLD_AGAIN : OLD_SERIAL;
    if (same_key(certificate, key))
        return OURS;
    return old && same_key(certificate, X509_get0_pubkey(old)) ? OLD_KEY : OTHER;
}

static bool has_zero(const ASN1_STRING *text)
{
    return memchr(ASN1_STRING_get0_data(text), 0, (size_t)ASN1_STRING_length(text)) != NULL;
}

/* A zero byte ends the name for programs that read it as text in C, and for others it does not. */
static bool name_has_zero(const X509_NAME *name)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));
        int type = ASN1_STRING_type(value);
        if (type != V_ASN1_BMPSTRING && type != V_ASN1_UNIVERSALSTRING && has_zero(value))
            return true;
    }
    return false;
}

static bool alternative_name_has_zero(const X509 *certificate)
{
    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        bool text = name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI;
        if (text && has_zero(name->d.ia5))
            return true;
    }
    return false;
}

/* Either of its two words for it is too much; X509_check_ca() wants both. */
static bool may_issue(X509 *certificate)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    return flags & EXFLAG_CA ||
           (flags & EXFLAG_KUSAGE && X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN);
}

int issued_check(X509 *certificate, struct err *err)
{
    int len = i2d_X509(certificate, NULL);
    if (len < 0 || len > CERTIFICATE_MAX)
        return err_set(err, ERR_CONFIG,
                       "the CA made a certificate of %d bytes, more than %d: refused", len,
                       CERTIFICATE_MAX);
    if (may_issue(certificate))
        return err_set(err, ERR_CONFIG,
                       "the CA made a certificate that may issue others (basicConstraints or "
                       "keyCertSign): refused; have it use a template for people or devices");
    if (name_has_zero(X509_get_subject_name(certificate)) || alternative_name_has_zero(certificate))
        return err_set(err, ERR_CONFIG,
                       "the CA made a certificate with a zero byte in one of its names: refused, "
                       "programs would not agree on whose it is");
    return 0;
}

static int tell(enum kind worst, const X509 *certificate, struct err *err)
{
    static const char *const texts[] = {
        [OLD_AGAIN] = "the CA gave back the old certificate (serial %s), not a new one",
        [OLD_SERIAL] = "the CA gave a new certificate the serial number of the old one (%s), so "
                       "that neither could be revoked without the other: refused",
        [OLD_KEY] = "the CA renewed the old key, not the new one that it was sent: %s",
        [OTHER] = "the CA sent a certificate for another key: %s",
    };
    autobuf text = {0};
    bool serial = worst == OLD_AGAIN || worst == OLD_SERIAL;
    int rc = serial ? print_serial(X509_get0_serialNumber(certificate), &text, err)
                    : print_certificate(certificate, &text, err);
    return rc < 0 ? rc : err_set(err, ERR_CONFIG, texts[worst], buf_text(&text));
}

int issued_find(STACK_OF(X509) *certificates, EVP_PKEY *key, const X509 *old, X509 **ret,
                struct err *err)
{
    enum kind worst = OTHER;
    X509 *bad = sk_X509_value(certificates, 0), *found = NULL;
    for (int i = 0; !found && i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        enum kind kind = classify(certificate, key, old);
        if (kind == OURS) {
            found = certificate;
        } else if (kind < worst) {
            worst = kind;
            bad = certificate;
        }
    }
    ERR_clear_error();
    if (!bad)
        return err_set(err, ERR_CONFIG, "the answer says SUCCESS and holds no certificate");
    if (!found)
        return tell(worst, bad, err);
    *ret = found;
    return 0;
}
