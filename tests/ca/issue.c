#include "tests/ca/issue.h"

#define YEAR (365 * 24 * 3600L)

void identity_free(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    *identity = (struct identity){0};
}

static X509_NAME *common_name(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    if (!name || !X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                             (const uint8_t *)text, -1, -1, 0))
        abort();
    return name;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static X509 *blank(const X509_NAME *subject, const X509_NAME *issuer, EVP_PKEY *key, long serial,
                   long from, long to)
{
    CLEANUP(X509_free_p) X509 *made = X509_new();
    if (!made || !X509_set_version(made, X509_VERSION_3) ||
        !ASN1_INTEGER_set(X509_get_serialNumber(made), serial) ||
        !X509_set_subject_name(made, subject) || !X509_set_issuer_name(made, issuer) ||
        !X509_gmtime_adj(X509_getm_notBefore(made), from) ||
        !X509_gmtime_adj(X509_getm_notAfter(made), to) || !X509_set_pubkey(made, key))
        return NULL;
    return steal(&made);
}

struct identity issue_ca(const char *name, bool ec)
{
    struct identity made = {0};
    CLEANUP(X509_NAME_free_p) X509_NAME *subject = common_name(name);
    if (key_generate(ec, ec ? 256 : 2048, &made.key, NULL) < 0 ||
        !(made.certificate = blank(subject, subject, made.key, 1, -3600, 10 * YEAR)) ||
        !add_extension(made.certificate, made.certificate, NID_basic_constraints,
                       "critical,CA:TRUE") ||
        !add_extension(made.certificate, made.certificate, NID_key_usage,
                       "critical,keyCertSign,cRLSign") ||
        !X509_sign(made.certificate, made.key, EVP_sha256()))
        abort();
    return made;
}

void issue_ca_ending(struct identity *ca)
{
    if (!X509_gmtime_adj(X509_getm_notBefore(ca->certificate), -9 * YEAR) ||
        !X509_gmtime_adj(X509_getm_notAfter(ca->certificate), YEAR) ||
        !X509_sign(ca->certificate, ca->key, EVP_sha256()))
        abort();
}

struct identity issue_ra(const struct identity *ca, const char *name, unsigned usage, long serial)
{
    struct identity made = {0};
    CLEANUP(X509_NAME_free_p) X509_NAME *subject = common_name(name);
    const char *bits = usage == KU_DIGITAL_SIGNATURE  ? "critical,digitalSignature"
                       : usage == KU_KEY_ENCIPHERMENT ? "critical,keyEncipherment"
                                                      : "critical,digitalSignature,keyEncipherment";
    if (key_generate(false, 2048, &made.key, NULL) < 0 ||
        !(made.certificate = blank(subject, X509_get_subject_name(ca->certificate), made.key,
                                   serial, -3600, YEAR)) ||
        !add_extension(made.certificate, ca->certificate, NID_key_usage, bits) ||
        !X509_sign(made.certificate, ca->key, EVP_sha256()))
        abort();
    return made;
}

/* The alternative names that were asked for, and one more. */
static bool add_a_name(X509 *to, X509_EXTENSION *asked)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *names = X509V3_EXT_d2i(asked);
    CLEANUP(GENERAL_NAME_free_p)
    GENERAL_NAME *more = a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, "added.test", 0);
    if (!names || !more || !sk_GENERAL_NAME_push(names, more))
        return false;
    more = NULL;
    return X509_add1_ext_i2d(to, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1;
}

static bool copy_extensions(X509 *to, X509_REQ *csr, const struct rules *rules)
{
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *asked = X509_REQ_get_extensions(csr);
    for (int i = 0; i < sk_X509_EXTENSION_num(asked); i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(asked, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if ((nid == NID_subject_alt_name && rules_find(rules, ON_PKI, DO_NO_SAN)) ||
            (nid == NID_ext_key_usage && rules_find(rules, ON_PKI, DO_NO_EKU)) ||
            (nid == NID_key_usage && rules_find(rules, ON_PKI, DO_LESS_USAGE)))
            continue;
        if (nid == NID_subject_alt_name && rules_find(rules, ON_PKI, DO_ADD_SAN)) {
            if (!add_a_name(to, extension))
                return false;
            continue;
        }
        if (!X509_add_ext(to, extension, -1))
            return false;
    }
    return !rules_find(rules, ON_PKI, DO_LESS_USAGE) ||
           add_extension(to, to, NID_key_usage, "critical,keyAgreement");
}

static void validity(const struct rules *rules, long *from, long *to)
{
    const struct rule *rule;
    *from = -60;
    *to = YEAR;
    if (rules_find(rules, ON_PKI, DO_LONG))
        *to = 10 * YEAR;
    if ((rule = rules_find(rules, ON_PKI, DO_SHORT)))
        *to = rule->number;
    if (rules_find(rules, ON_PKI, DO_EXPIRED))
        *from = -7200, *to = -3600;
    if ((rule = rules_find(rules, ON_PKI, DO_NOT_YET)))
        *from = rule->number;
}

X509 *issue_for(const struct identity *ca, X509_REQ *csr, const struct rules *rules, long serial)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    if (!key || X509_REQ_verify(csr, key) != 1)
        return NULL;
    CLEANUP(X509_NAME_free_p) X509_NAME *other = common_name("someone else");
    const EVP_MD *digest = rules_find(rules, ON_PKI, DO_SHA1) ? EVP_sha1() : EVP_sha256();
    long from, to;
    validity(rules, &from, &to);
    bool renamed = rules_find(rules, ON_PKI, DO_OTHER_SUBJECT);
    CLEANUP(X509_free_p)
    X509 *made = blank(renamed ? other : X509_REQ_get_subject_name(csr),
                       X509_get_subject_name(ca->certificate), key, serial, from, to);
    if (!made || !copy_extensions(made, csr, rules) ||
        !add_extension(made, NULL, NID_subject_key_identifier, "hash") ||
        !X509_sign(made, ca->key, digest))
        return NULL;
    return steal(&made);
}
