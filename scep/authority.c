#include "scep/authority.h"

#include "scep/usage.h"

#include <openssl/err.h>

#define CERTIFICATES_MAX 32

static STACK_OF(X509) *parse_many(const struct buf *body)
{
    const uint8_t *at = body->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)body->len);
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
        return NULL;
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    return certificates ? certificates : sk_X509_new_null();
}

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
        certificates = parse_many(body);
    }
    ERR_clear_error();
    return steal(&certificates);
}

int authority_check_number(STACK_OF(X509) *given, struct err *err)
{
    int n = sk_X509_num(given);
    if (n == 0)
        return err_set(err, ERR_CONFIG, "the server has an answer without any CA certificate");
    return n <= CERTIFICATES_MAX
               ? 0
               : err_set(err, ERR_CONFIG,
                         "the server gave %d certificates as its CA's, more than %d: have it give "
                         "those of the CA and its RA",
                         n, CERTIFICATES_MAX);
}

void authority_free(struct authority *authority)
{
    x509_stack_free(authority->certificates);
    x509_stack_free(authority->signers);
    X509_free(authority->passed_over);
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

static bool says_usage(X509 *certificate, uint32_t usage)
{
    return X509_get_extension_flags(certificate) & EXFLAG_KUSAGE && has_usage(certificate, usage);
}

static bool has_any(const EXTENDED_KEY_USAGE *usages, const char *const *oids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (usage_has(usages, oids[i]))
            return true;
    return false;
}

/* How far a certificate that is no CA's looks like a registration authority's, from its extended
 * key usages. GetCACert is not authenticated but for the root, and the root vouches for every
 * user's certificate too: one that is meant for what people and devices do, and for no registration
 * authority, must not get to read challenges. TLS servers' usage stands in those of many RAs. */
enum likeness { IS_HOLDER, MAY_BE_SERVER, MAY_BE_RA, IS_RA };

/* People and their devices sign in with what stands there: no authority is called so. */
static bool names_a_person(X509 *certificate)
{
    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_EMAIL ||
            (name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn))
            return true;
    }
    return false;
}

static enum likeness likeness(X509 *certificate)
{
    static const char *const registration[] = {
        "1.3.6.1.4.1.311.20.2.1", /* Microsoft's certificate request agent */
        "1.3.6.1.5.5.7.3.28",     /* id-kp-cmcRA */
    };
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
    static const char *const any[] = {"2.5.29.37.0"}, *const server[] = {"1.3.6.1.5.5.7.3.1"};
    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    if (has_any(usages, registration, LENGTH(registration)))
        return IS_RA;
    if (names_a_person(certificate))
        return IS_HOLDER;
    if (!usages || has_any(usages, any, LENGTH(any)))
        return MAY_BE_RA;
    if (has_any(usages, holder, LENGTH(holder)))
        return IS_HOLDER;
    return has_any(usages, server, LENGTH(server)) ? MAY_BE_SERVER : MAY_BE_RA;
}

/* The CA among CERTIFICATES that has issued this one; NULL when there is none. */
static X509 *issuer_of(X509 *certificate, STACK_OF(X509) *certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *ca = sk_X509_value(certificates, i);
        if (is_ca(ca) && X509_check_issued(ca, certificate) == X509_V_OK)
            return ca;
    }
    return NULL;
}

/* What is chosen among. NAMED: the administrator has named each, which is more than any looks. */
struct choice {
    STACK_OF(X509) *certificates;
    bool named;
};

/* 0: none. An extended key usage counts for more than an issuer who stands there too; a TLS
 * server's certificate needs that issuer to count at all. */
static int rank_ra(X509 *certificate, const struct choice *among)
{
    static const int ranks[][2] = {
        [IS_HOLDER] = {0, 0}, [MAY_BE_SERVER] = {0, 1}, [MAY_BE_RA] = {1, 2}, [IS_RA] = {3, 4}};
    if (is_ca(certificate))
        return 0;
    enum likeness looks = likeness(certificate);
    return ranks[among->named && looks < MAY_BE_RA ? MAY_BE_RA : looks]
                [issuer_of(certificate, among->certificates) != NULL];
}

static bool is_rsa(const X509 *certificate)
{
    return EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA");
}

/* 0: no message can be encrypted to it with a key of this type, "RSA" or "EC". */
static int rank_encryption(X509 *certificate, const char *type)
{
    if (!EVP_PKEY_is_a(X509_get0_pubkey(certificate), type))
        return 0;
    bool rsa = is_rsa(certificate);
    uint32_t usage = rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
    return says_usage(certificate, usage)                         ? 3
           : has_usage(certificate, usage)                        ? 2
           : rsa && says_usage(certificate, KU_DATA_ENCIPHERMENT) ? 1
                                                                  : 0;
}

static X509 *find_ra_with(const struct choice *among, const char *type)
{
    X509 *found = NULL;
    int best = 0;
    for (int i = 0; i < sk_X509_num(among->certificates); i++) {
        X509 *certificate = sk_X509_value(among->certificates, i);
        int ra = rank_ra(certificate, among), encryption = rank_encryption(certificate, type);
        int rank = ra && encryption ? 4 * ra + encryption : 0;
        if (rank > best) {
            best = rank;
            found = certificate;
        }
    }
    return found;
}

/* The CA nearest to the end: the one that has not issued another CA of the list. */
static X509 *find_lowest(STACK_OF(X509) *certificates)
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

/* An EC key is none to encrypt to while the CA's own is an RSA key: few servers know how, and then
 * it is for signatures. CA may be NULL. */
static X509 *find_ra(const struct choice *among, const X509 *ca)
{
    X509 *ra = find_ra_with(among, "RSA");
    return ra || (ca && is_rsa(ca)) ? ra : find_ra_with(among, "EC");
}

static int find_signers(const struct choice *trusted, struct authority *ret, struct err *err)
{
    for (int i = 0; i < sk_X509_num(trusted->certificates); i++) {
        X509 *certificate = sk_X509_value(trusted->certificates, i);
        if ((is_ca(certificate) ||
             (rank_ra(certificate, trusted) > 0 && has_usage(certificate, KU_DIGITAL_SIGNATURE))) &&
            !X509_add_cert(ret->signers, certificate, X509_ADD_FLAG_UP_REF))
            return err_memory(err);
    }
    return 0;
}

static bool stands_among(X509 *certificate, STACK_OF(X509) *certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++)
        if (X509_cmp(sk_X509_value(certificates, i), certificate) == 0)
            return true;
    return false;
}

/* Did the server name an RA that we must not trust, where the CA is not said to encrypt? One that
 * only may be a server's or a person's is no hint of an RA. */
static int find_passed_over(STACK_OF(X509) *trusted, STACK_OF(X509) *given, struct authority *ret,
                            struct err *err)
{
    const struct choice all = {.certificates = given};
    X509 *ra = find_ra(&all, ret->issuer);
    if (!ra || stands_among(ra, trusted) || rank_ra(ra, &all) < 2 ||
        says_usage(ret->issuer, is_rsa(ret->issuer) ? KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT
                                                    : KU_KEY_AGREEMENT))
        return 0;
    if (!X509_up_ref(ra))
        return err_memory(err);
    ret->passed_over = ra;
    ret->recipient = NULL;
    return 0;
}

int authority_choose(STACK_OF(X509) *trusted, bool named, STACK_OF(X509) *given,
                     struct authority *ret, struct err *err)
{
    const struct choice among = {trusted, named};
    CLEANUP(authority_free) struct authority made = {0};
    made.certificates = X509_chain_up_ref(trusted);
    made.signers = sk_X509_new_null();
    if (!made.certificates || !made.signers)
        return err_memory(err);
    X509 *lowest = find_lowest(trusted);
    made.recipient = find_ra(&among, lowest);
    made.looks_only = made.recipient && !named && likeness(made.recipient) != IS_RA;
    made.issuer = made.recipient ? issuer_of(made.recipient, trusted) : NULL;
    if (!made.issuer)
        made.issuer = lowest;
    int rc = find_signers(&among, &made, err);
    /* Whatever its key usage says: Debian's scepserver has keyCertSign only. */
    if (rc == 0 && !made.recipient && made.issuer) {
        made.recipient = made.issuer;
        rc = find_passed_over(trusted, given, &made, err);
    }
    if (rc == 0 && !made.recipient && !made.passed_over)
        rc = err_set(err, ERR_CONFIG,
                     "the server gave neither a CA certificate nor one of an RA to encrypt to");
    if (rc < 0)
        return rc;
    *ret = made;
    made = (struct authority){0};
    return 0;
}
