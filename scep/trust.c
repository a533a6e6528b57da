#include "scep/trust.h"

#include "base/clock.h"
#include "scep/print.h"

#include <openssl/err.h>
#include <time.h>

#define CLOCK_SKEW_MAX 300 /* seconds */

static int trust_store(X509 *anchor, X509_STORE **ret, struct err *err)
{
    CLEANUP(X509_STORE_free_p) X509_STORE *store = X509_STORE_new();
    if (!store)
        return err_memory(err);
    if (!X509_STORE_add_cert(store, anchor))
        return openssl_error(err, ERR_RESOURCE, "trusted root");
    /* A root profile may hold an intermediate: the administrator's word ends the chain. */
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    *ret = steal(&store);
    return 0;
}

/* What to look at first. */
static const char *hint_for(int error)
{
    switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "; it is under another root: is root the right one?";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        return "; root is not the right one, or the server leaves out the certificate of a CA in "
               "between: add that one to conf.d with store = intermediate";
    default:
        return "";
    }
}

static int not_trusted(X509 *certificate, X509_STORE_CTX *context, struct err *err)
{
    autobuf text = {0};
    X509 *at = X509_STORE_CTX_get_current_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    bool other = at && at != certificate && X509_cmp(at, certificate) != 0;
    bool time = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
    int rc = print_certificate(certificate, &text, err);
    if (rc == 0 && other) {
        rc = buf_add_text(&text, ", because of ", err);
        if (rc == 0)
            rc = print_certificate(at, &text, err);
    }
    ERR_clear_error();
    if (rc < 0)
        return rc;
    char date[CLOCK_TEXT] = "";
    clock_text(clock_now(), date);
    return err_set(err, ERR_CONFIG,
                   time && !other
                       ? "certificate %s is of no use: %s%s%s%s"
                       : "the profile's root does not vouch for certificate %s: %s%s%s%s",
                   buf_text(&text), X509_verify_cert_error_string(error),
                   time ? "; the clock here, which may be wrong, says " : "", time ? date : "",
                   hint_for(error));
}

/* The verified chain without the certificate itself and without a self-signed end. */
static int issuers(X509_STORE_CTX *context, STACK_OF(X509) **ret, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *chain = X509_STORE_CTX_get1_chain(context);
    if (!chain || sk_X509_num(chain) == 0)
        return err_memory(err);
    X509_free(sk_X509_shift(chain));
    int n = sk_X509_num(chain);
    if (n > 0 && X509_self_signed(sk_X509_value(chain, n - 1), 0) == 1)
        X509_free(sk_X509_pop(chain));
    *ret = steal(&chain);
    return 0;
}

/* The moment for which to check: now, or when CERTIFICATE begins, if that is only just ahead. A CA
 * that issues "from now" has a clock of its own. */
static time_t moment(const X509 *certificate)
{
    time_t now = (time_t)clock_now();
    int days, seconds;
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *here = ASN1_TIME_set(NULL, now);
    if (!here || !ASN1_TIME_diff(&days, &seconds, here, X509_get0_notBefore(certificate)) ||
        days != 0 || seconds <= 0 || seconds > CLOCK_SKEW_MAX)
        return now;
    return now + seconds;
}

/* Every signature that the chain rests on, which the anchor's own is not, and every key. Warns of
 * the certificates from number FIRST on. */
static int check_strength(STACK_OF(X509) *chain, const struct strength *strength, int first,
                          struct strings *ret_warnings, struct err *err)
{
    int rc = 0, n = sk_X509_num(chain);
    for (int i = 0; rc == 0 && i < n; i++) {
        X509 *certificate = sk_X509_value(chain, i);
        bool weak = false;
        rc = strength_key(certificate, err);
        if (rc == 0 && i < n - 1)
            rc = strength_signature(strength, certificate, &weak, err);
        if (rc < 0 || !weak || !ret_warnings || i < first)
            continue;
        autobuf text = {0};
        rc = buf_add_text(&text, "signed with SHA-1, which is broken: certificate ", err);
        if (rc == 0)
            rc = print_certificate(certificate, &text, err);
        if (rc == 0 && !strings_contain(ret_warnings, buf_text(&text)))
            rc = strings_add(ret_warnings, buf_text(&text), err);
    }
    return rc;
}

static int check_against(X509 *certificate, STACK_OF(X509) *others, X509 *anchor,
                         const struct strength *strength, STACK_OF(X509) **ret_chain,
                         struct strings *ret_warnings, struct err *err)
{
    CLEANUP(X509_STORE_free_p) X509_STORE *store = NULL;
    int rc = trust_store(anchor, &store, err);
    if (rc < 0)
        return rc;
    CLEANUP(X509_STORE_CTX_free_p) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (!context || !X509_STORE_CTX_init(context, store, certificate, others) ||
        !X509_STORE_CTX_set_purpose(context, X509_PURPOSE_ANY))
        return openssl_error(err, ERR_RESOURCE, "checking a certificate");
    X509_STORE_CTX_set_time(context, 0, moment(certificate));
    if (X509_verify_cert(context) != 1)
        return not_trusted(certificate, context, err);
    rc = check_strength(X509_STORE_CTX_get0_chain(context), strength, ret_chain ? 1 : 0,
                        ret_warnings, err);
    return rc == 0 && ret_chain ? issuers(context, ret_chain, err) : rc;
}

int trust_check(X509 *certificate, STACK_OF(X509) *others, STACK_OF(X509) *anchors,
                const struct strength *strength, STACK_OF(X509) **ret_chain,
                struct strings *ret_warnings, struct err *err)
{
    /* One by one: of two anchors with one name, as a CA's old and new certificate have, OpenSSL
     * looks at no more than the first. */
    struct err first;
    err_set(&first, ERR_CONFIG, "there is no root to check certificates against");
    for (int i = 0; i < sk_X509_num(anchors); i++) {
        struct err here;
        if (check_against(certificate, others, sk_X509_value(anchors, i), strength, ret_chain,
                          ret_warnings, &here) == 0)
            return 0;
        if (i == 0)
            first = here;
    }
    return err_set(err, first.class, "%s", first.text);
}

bool trust_is_by_name(const struct trust *trust)
{
    return trust->fingerprints && trust->fingerprints->n > 0;
}

static bool is_named(const struct trust *trust, const X509 *certificate)
{
    uint8_t digest[32];
    char hex[2 * sizeof digest + 1];
    if (!X509_digest(certificate, EVP_sha256(), digest, NULL))
        return false;
    text_hex(digest, sizeof digest, hex);
    return strings_contain(trust->fingerprints, hex);
}

/* By itself, whoever issued it. */
static int check_named(const struct trust *trust, X509 *certificate, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *itself = sk_X509_new_null();
    if (!itself || !X509_add_cert(itself, certificate, X509_ADD_FLAG_UP_REF))
        return err_memory(err);
    return trust_check(certificate, NULL, itself, &trust->strength, NULL, NULL, err);
}

static int check_against_roots(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others,
                               struct strings *ret_warnings, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    if (!all || (others && !X509_add_certs(all, others, X509_ADD_FLAG_UP_REF)) ||
        (trust->issuers && !X509_add_certs(all, trust->issuers, X509_ADD_FLAG_UP_REF)))
        return err_memory(err);
    return trust_check(certificate, all, trust->roots, &trust->strength, NULL, ret_warnings, err);
}

int trust_vouch(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others,
                struct strings *ret_warnings, struct err *err)
{
    if (!trust_is_by_name(trust))
        return check_against_roots(trust, certificate, others, ret_warnings, err);
    if (is_named(trust, certificate))
        return check_named(trust, certificate, err);
    autobuf text = {0};
    int rc = print_certificate(certificate, &text, err);
    return rc < 0 ? rc
                  : err_set(err, ERR_CONFIG,
                            "certificate %s has none of the fingerprints that ca-fingerprint names",
                            buf_text(&text));
}

int trust_filter(const struct trust *trust, STACK_OF(X509) *certificates, STACK_OF(X509) **ret,
                 struct strings *ret_warnings, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *trusted = sk_X509_new_null();
    if (!trusted)
        return err_memory(err);
    struct err first = {0};
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        struct err here = {0};
        X509 *certificate = sk_X509_value(certificates, i);
        if (trust_vouch(trust, certificate, certificates, ret_warnings, &here) < 0) {
            if (!first.class)
                first = here;
        } else if (!X509_add_cert(trusted, certificate, X509_ADD_FLAG_UP_REF)) {
            return err_memory(err);
        }
    }
    if (sk_X509_num(trusted) == 0)
        return err_set(err, first.class ? first.class : ERR_CONFIG, "%s",
                       first.class ? first.text : "the server gave no certificate");
    *ret = steal(&trusted);
    return 0;
}

int trust_anchors(const struct trust *trust, STACK_OF(X509) *trusted, STACK_OF(X509) **ret,
                  struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *anchors = X509_chain_up_ref(trust->roots);
    if (!anchors)
        return err_memory(err);
    for (int i = 0; trust_is_by_name(trust) && i < sk_X509_num(trusted); i++)
        if (X509_check_ca(sk_X509_value(trusted, i)) > 0 &&
            !X509_add_cert(anchors, sk_X509_value(trusted, i), X509_ADD_FLAG_UP_REF))
            return err_memory(err);
    *ret = steal(&anchors);
    return 0;
}
