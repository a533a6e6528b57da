#include "scep/trust.h"

#include "base/clock.h"
#include "scep/print.h"

#include <openssl/err.h>

#define CLOCK_SKEW_MAX 300 /* seconds */

static int trust_store(STACK_OF(X509) *roots, X509_STORE **ret, struct err *err)
{
    CLEANUP(X509_STORE_free_p) X509_STORE *store = X509_STORE_new();
    if (!store)
        return err_memory(err);
    for (int i = 0; i < sk_X509_num(roots); i++)
        if (!X509_STORE_add_cert(store, sk_X509_value(roots, i)))
            return openssl_error(err, ERR_RESOURCE, "trusted roots");
    /* A root profile may hold an intermediate: the administrator's word ends the chain. */
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    *ret = steal(&store);
    return 0;
}

static int not_trusted(X509 *certificate, X509_STORE_CTX *context, struct err *err)
{
    autobuf text = {0};
    X509 *at = X509_STORE_CTX_get_current_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    int r = print_certificate(certificate, &text, err);
    if (r == 0 && at && at != certificate && X509_cmp(at, certificate) != 0) {
        r = buf_add_text(&text, ", because of ", err);
        if (r == 0)
            r = print_certificate(at, &text, err);
    }
    ERR_clear_error();
    if (r < 0)
        return r;
    return err_set(err, ERR_CONFIG, "the profile's root does not vouch for certificate %s: %s",
                   buf_text(&text), X509_verify_cert_error_string(error));
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

int trust_check(X509 *certificate, STACK_OF(X509) *others, STACK_OF(X509) *roots,
                STACK_OF(X509) **ret_chain, struct err *err)
{
    CLEANUP(X509_STORE_free_p) X509_STORE *store = NULL;
    int r = trust_store(roots, &store, err);
    if (r < 0)
        return r;
    CLEANUP(X509_STORE_CTX_free_p) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (!context || !X509_STORE_CTX_init(context, store, certificate, others) ||
        !X509_STORE_CTX_set_purpose(context, X509_PURPOSE_ANY))
        return openssl_error(err, ERR_RESOURCE, "checking a certificate");
    X509_STORE_CTX_set_time(context, 0, moment(certificate));
    if (X509_verify_cert(context) != 1)
        return not_trusted(certificate, context, err);
    return ret_chain ? issuers(context, ret_chain, err) : 0;
}

int trust_filter(STACK_OF(X509) *certificates, STACK_OF(X509) *roots, STACK_OF(X509) **ret,
                 struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *trusted = sk_X509_new_null();
    if (!trusted)
        return err_memory(err);
    struct err first = {0};
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        struct err here = {0};
        X509 *certificate = sk_X509_value(certificates, i);
        if (trust_check(certificate, certificates, roots, NULL, &here) < 0) {
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
