#include "scep/authority.h"

#include "scep/usage.h"

#include <openssl/err.h>

#define CERTIFICATES_MAX 32

STACK_OF(X509) *authority_parse(const struct buf *body)
{
    if (body->len == 0)
        return NULL;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = NULL;
    const uint8_t *at = body->data;
    CLEANUP(X509_free_p) X509 *one = d2i_X509(NULL, &at, (long)body->len);
    if (one) {
        certificates = sk_X509_new_null();
        if (certificates && sk_X509_push(certificates, one))
            one = NULL;
    } else {
        at = body->data;
        CLEANUP(CMS_ContentInfo_free_p)
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)body->len);
        certificates = cms ? CMS_get1_certs(cms) : NULL;
    }
    ERR_clear_error();
    int n = certificates ? sk_X509_num(certificates) : 0;
    return n >= 1 && n <= CERTIFICATES_MAX ? steal(&certificates) : NULL;
}

void authority_free(struct authority *authority)
{
    x509_stack_free(authority->certificates);
    x509_stack_free(authority->signers);
    *authority = (struct authority){0};
}

static bool is_ca(X509 *certificate)
{
    return X509_check_ca(certificate) > 0;
}

static bool has_usage(X509 *certificate, uint32_t usage)
{
    return X509_get_key_usage(certificate) & usage; /* all bits when there is no extension */
}

static bool has_any(const EXTENDED_KEY_USAGE *usages, const char *const *oids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (usage_has(usages, oids[i]))
            return true;
    return false;
}

/* GetCACert is not authenticated but for the root, and the root vouches for every user's
 * certificate too. One that is meant for what people and devices do, and for no registration
 * authority, must not get to read challenges. TLS servers' usage stands in those of many RAs. */
static bool is_holders(X509 *certificate)
{
    static const char *const holder[] = {
        "1.3.6.1.5.5.7.3.2",      /* id-kp-clientAuth */
        "1.3.6.1.5.5.7.3.3",      /* id-kp-codeSigning */
        "1.3.6.1.5.5.7.3.4",      /* id-kp-emailProtection */
        "1.3.6.1.5.5.7.3.13",     /* id-kp-eapOverPPP */
        "1.3.6.1.5.5.7.3.14",     /* id-kp-eapOverLAN */
        "1.3.6.1.5.5.7.3.17",     /* id-kp-ipsecIKE */
        "1.3.6.1.5.5.7.3.21",     /* id-kp-secureShellClient */
        "1.3.6.1.5.2.3.4",        /* id-pkinit-KPClientAuth */
        "1.3.6.1.4.1.311.20.2.2", /* Microsoft's smart card logon */
    };
    static const char *const registration[] = {
        "1.3.6.1.4.1.311.20.2.1", /* Microsoft's certificate request agent */
        "1.3.6.1.5.5.7.3.28",     /* id-kp-cmcRA */
        "2.5.29.37.0",            /* any */
    };
    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    return usages && has_any(usages, holder, LENGTH(holder)) &&
           !has_any(usages, registration, LENGTH(registration));
}

static bool is_ra(X509 *certificate)
{
    return !is_ca(certificate) && !is_holders(certificate);
}

static X509 *find_ra(STACK_OF(X509) *certificates, uint32_t usage)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        if (is_ra(certificate) && has_usage(certificate, usage))
            return certificate;
    }
    return NULL;
}

/* The CA nearest to the end: the one that has not issued another CA of the list. */
static X509 *find_issuer(STACK_OF(X509) *certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *ca = sk_X509_value(certificates, i);
        bool above = false;
        for (int j = 0; j < sk_X509_num(certificates); j++) {
            X509 *other = sk_X509_value(certificates, j);
            above = above || (j != i && is_ca(other) && X509_check_issued(ca, other) == X509_V_OK &&
                              X509_check_issued(other, ca) != X509_V_OK);
        }
        if (is_ca(ca) && !above)
            return ca;
    }
    return NULL;
}

int authority_choose(STACK_OF(X509) *trusted, struct authority *ret, struct err *err)
{
    CLEANUP(authority_free) struct authority made = {0};
    made.certificates = X509_chain_up_ref(trusted);
    made.signers = sk_X509_new_null();
    if (!made.certificates || !made.signers)
        return err_memory(err);
    made.issuer = find_issuer(trusted);
    made.recipient = find_ra(trusted, KU_KEY_ENCIPHERMENT);
    if (!made.recipient)
        made.recipient = find_ra(trusted, KU_DATA_ENCIPHERMENT);
    if (!made.recipient)
        made.recipient =
            made.issuer; /* whatever its key usage says: Debian's scepserver has keyCertSign only */
    if (!made.recipient)
        return err_set(err, ERR_CONFIG,
                       "the server gave neither a CA certificate nor one of an RA to encrypt to");
    for (int i = 0; i < sk_X509_num(trusted); i++) {
        X509 *certificate = sk_X509_value(trusted, i);
        if ((is_ca(certificate) ||
             (is_ra(certificate) && has_usage(certificate, KU_DIGITAL_SIGNATURE))) &&
            !X509_add_cert(made.signers, certificate, X509_ADD_FLAG_UP_REF))
            return err_memory(err);
    }
    *ret = made;
    made = (struct authority){0};
    return 0;
}
