#include "tests/ca/issue.h"

#include "tests/ca/keys.h"

#include <openssl/param_build.h>
#include <openssl/rsa.h>

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
    if ((ec ? key_generate(true, 256, &made.key, NULL) < 0 : !(made.key = keys_next())) ||
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

static bool add_planned(X509 *certificate, X509 *issuer, const struct issue_plan *plan)
{
    return add_extension(certificate, issuer, NID_key_usage, plan->usage) &&
           (!plan->constraints ||
            add_extension(certificate, issuer, NID_basic_constraints, plan->constraints)) &&
           (!plan->permitted ||
            add_extension(certificate, issuer, NID_name_constraints, plan->permitted));
}

/* KEY may be the public half. */
static X509 *under(const struct identity *by, const struct issue_plan *plan, EVP_PKEY *key,
                   long serial)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *subject = common_name(plan->name);
    CLEANUP(X509_free_p)
    X509 *made = blank(subject, X509_get_subject_name(by->certificate), key, serial,
                       plan->expired ? -YEAR : -3600, plan->expired ? -3600 : YEAR);
    if (!made || !add_planned(made, by->certificate, plan) ||
        !X509_sign(made, by->key, plan->sha1 ? EVP_sha1() : EVP_sha256()))
        abort();
    return steal(&made);
}

struct identity issue_under(const struct identity *by, const struct issue_plan *plan, long serial)
{
    struct identity made = {0};
    if (plan->bits == 0 && key_generate(true, 256, &made.key, NULL) < 0)
        abort();
    if (plan->bits > 0)
        made.key = plan->bits == 2048 ? keys_next() : EVP_RSA_gen(plan->bits);
    if (!made.key)
        abort();
    made.certificate = under(by, plan, made.key, serial);
    return made;
}

X509 *issue_long_ra(const struct identity *by, const char *name)
{
    static const struct issue_plan plan = {.usage = "critical,digitalSignature,keyEncipherment"};
    struct issue_plan named = plan;
    CLEANUP(BN_free_p) BIGNUM *n = BN_new(), *e = BN_new();
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (!context || !build || !BN_rand(n, 16384, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) ||
        !BN_set_word(e, 65537) || !OSSL_PARAM_BLD_push_BN(build, "n", n) ||
        !OSSL_PARAM_BLD_push_BN(build, "e", e))
        abort();
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    if (EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        abort();
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    named.name = name;
    return under(by, &named, key, 5);
}

X509 *issue_cross(const struct identity *who, const struct identity *by)
{
    static long serial = 1000;
    CLEANUP(X509_free_p)
    X509 *made = blank(X509_get_subject_name(who->certificate),
                       X509_get_subject_name(by->certificate), who->key, serial++, -3600, YEAR);
    if (!made || !add_extension(made, by->certificate, NID_basic_constraints, "critical,CA:TRUE") ||
        !X509_sign(made, by->key, EVP_sha256()))
        abort();
    return steal(&made);
}

/* The alternative names that were asked for, and N more. */
static bool add_names(X509 *to, X509_EXTENSION *asked, int n)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *names = X509V3_EXT_d2i(asked);
    for (int i = 0; names && i < n; i++) {
        char text[32] = "added.test";
        if (n > 1)
            snprintf(text, sizeof text, "added-%d.test", i);
        CLEANUP(GENERAL_NAME_free_p)
        GENERAL_NAME *more = a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, text, 0);
        if (!more || !sk_GENERAL_NAME_push(names, more))
            return false;
        more = NULL;
    }
    return names && X509_add1_ext_i2d(to, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1;
}

static int names_to_add(const struct rules *rules)
{
    const struct rule *many = rules_find(rules, ON_PKI, DO_MANY_SANS);
    return many ? many->number : rules_find(rules, ON_PKI, DO_ADD_SAN) ? 1 : 0;
}

static bool copy_extensions(X509 *to, X509_REQ *csr, const struct rules *rules)
{
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *asked = X509_REQ_get_extensions(csr);
    for (int i = 0; i < sk_X509_EXTENSION_num(asked); i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(asked, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (nid == NID_subject_key_identifier || /* that is for a CA to say, and once */
            (nid == NID_subject_alt_name && rules_find(rules, ON_PKI, DO_NO_SAN)) ||
            (nid == NID_ext_key_usage && rules_find(rules, ON_PKI, DO_NO_EKU)) ||
            (nid == NID_key_usage && rules_find(rules, ON_PKI, DO_LESS_USAGE)))
            continue;
        if (nid == NID_subject_alt_name && names_to_add(rules)) {
            if (!add_names(to, extension, names_to_add(rules)))
                return false;
            continue;
        }
        if (!X509_add_ext(to, extension, -1))
            return false;
    }
    if (rules_find(rules, ON_PKI, DO_IS_CA) &&
        !add_extension(to, to, NID_basic_constraints, "critical,CA:TRUE"))
        return false;
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

/* A subject as the rules have it; NULL: as asked for. */
static X509_NAME *other_name(const struct rules *rules)
{
    static const uint8_t zero[] = "box\0.evil.test";
    X509_NAME *name = NULL;
    if (rules_find(rules, ON_PKI, DO_OTHER_SUBJECT))
        return common_name("someone else");
    if (rules_find(rules, ON_PKI, DO_ZERO_IN_NAME) &&
        (!(name = X509_NAME_new()) ||
         !X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING, zero, sizeof zero - 1,
                                     -1, 0)))
        abort();
    return name;
}

X509 *issue_for_key(const struct identity *ca, X509_REQ *csr, EVP_PKEY *key,
                    const struct rules *rules, long serial)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *other = other_name(rules);
    const EVP_MD *digest = rules_find(rules, ON_PKI, DO_SHA1) ? EVP_sha1() : EVP_sha256();
    long from, to;
    validity(rules, &from, &to);
    CLEANUP(X509_free_p)
    X509 *made = blank(other ? other : X509_REQ_get_subject_name(csr),
                       X509_get_subject_name(ca->certificate), key, serial, from, to);
    if (!made || !copy_extensions(made, csr, rules) ||
        !add_extension(made, NULL, NID_subject_key_identifier, "hash") ||
        !X509_sign(made, ca->key, digest))
        return NULL;
    return steal(&made);
}

X509 *issue_for(const struct identity *ca, X509_REQ *csr, const struct rules *rules, long serial)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    return key && X509_REQ_verify(csr, key) == 1 ? issue_for_key(ca, csr, key, rules, serial)
                                                 : NULL;
}
