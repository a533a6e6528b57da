#include "scep/issued.h"

#include "scep/csr.h"
#include "scep/print.h"
#include "scep/usage.h"

#include <openssl/err.h>

#define DAY (24 * 3600LL)

static bool same_certificate(const X509 *a, const X509 *b)
{
    return ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)) == 0 &&
           X509_NAME_cmp(X509_get_issuer_name(a), X509_get_issuer_name(b)) == 0;
}

int issued_find(STACK_OF(X509) *certificates, EVP_PKEY *key, const X509 *old, X509 **ret,
                struct err *err)
{
    bool old_again = false;
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        EVP_PKEY *its = X509_get0_pubkey(certificate);
        if (old && same_certificate(certificate, old)) {
            old_again = true;
        } else if (its && EVP_PKEY_eq(its, key) == 1) {
            *ret = certificate;
            return 0;
        }
    }
    ERR_clear_error();
    autobuf text = {0};
    int r = old_again ? print_serial(X509_get0_serialNumber(old), &text, err)
                      : print_certificate(sk_X509_value(certificates, 0), &text, err);
    if (r < 0)
        return r;
    return old_again ? err_set(err, ERR_CONFIG,
                               "the CA gave back the old certificate (serial %s), not a new one",
                               buf_text(&text))
                     : err_set(err, ERR_CONFIG, "the CA sent a certificate for another key: %s",
                               buf_text(&text));
}

static int compare_subject(const X509 *certificate, const struct request *request,
                           struct strings *warnings, struct err *err)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *asked = NULL;
    const X509_NAME *got = X509_get_subject_name(certificate);
    int r = csr_name(&request->subject, &asked, err);
    if (r < 0 || X509_NAME_cmp(asked, got) == 0)
        return r;
    autobuf asked_text = {0}, got_text = {0};
    r = print_name(asked, &asked_text, err);
    if (r == 0)
        r = print_name(got, &got_text, err);
    return r < 0 ? r
                 : strings_printf(warnings, err, "the CA changed the subject from \"%s\" to \"%s\"",
                                  buf_text(&asked_text), buf_text(&got_text));
}

static bool has_name(const GENERAL_NAMES *names, GENERAL_NAME *wanted)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), wanted) == 0)
            return true;
    return false;
}

static int compare_alternative_names(const X509 *certificate, const struct request *request,
                                     struct strings *warnings, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *asked = NULL;
    int r = csr_alternative_names(request, &asked, err);
    if (r < 0)
        return r;
    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *got = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; r == 0 && i < sk_GENERAL_NAME_num(asked); i++)
        if (!has_name(got, sk_GENERAL_NAME_value(asked, i)))
            r = strings_printf(warnings, err, "the CA left out the alternative name \"%s\"",
                               request->sans[i].value);
    return r;
}

static int compare_usages(const X509 *certificate, const struct request *request,
                          struct strings *warnings, struct err *err)
{
    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *got = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    int r = 0;
    for (size_t i = 0; r == 0 && i < request->ekus.n; i++)
        if (!usage_has(got, request->ekus.v[i]))
            r = strings_printf(warnings, err, "the CA left out the extended key usage %s",
                               request->ekus.v[i]);
    return r;
}

static int compare_key_usage(X509 *certificate, const struct request *request,
                             struct strings *warnings, struct err *err)
{
    static const struct {
        unsigned asked;
        uint32_t got;
        const char *name;
    } usages[] = {{USAGE_DIGITAL_SIGNATURE, KU_DIGITAL_SIGNATURE, "digitalSignature"},
                  {USAGE_KEY_ENCIPHERMENT, KU_KEY_ENCIPHERMENT, "keyEncipherment"}};
    uint32_t got = X509_get_key_usage(certificate);
    int r = 0;
    for (size_t i = 0; r == 0 && i < LENGTH(usages); i++)
        if (request->key_usage & usages[i].asked && !(got & usages[i].got))
            r = strings_printf(warnings, err, "the CA left out the key usage %s", usages[i].name);
    return r;
}

/* The longest that the wish can mean, and a day for CAs that round. */
static int64_t longest(const struct request *request)
{
    static const int64_t days[] = {0, 1, 31, 366};
    return ((int64_t)request->validity * days[request->validity_unit] + 1) * DAY;
}

static int compare_validity(const X509 *certificate, const struct request *request,
                            struct strings *warnings, struct err *err)
{
    int days, seconds;
    if (request->validity_unit == VALIDITY_NONE || request->validity_unit > VALIDITY_YEARS ||
        !ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                        X509_get0_notAfter(certificate)) ||
        days * DAY + seconds <= longest(request))
        return 0;
    return strings_printf(warnings, err,
                          "the certificate is valid for %d days, longer than was asked for", days);
}

int issued_compare(X509 *certificate, const struct request *request, struct strings *ret_warnings,
                   struct err *err)
{
    int r = compare_subject(certificate, request, ret_warnings, err);
    if (r == 0)
        r = compare_alternative_names(certificate, request, ret_warnings, err);
    if (r == 0)
        r = compare_usages(certificate, request, ret_warnings, err);
    if (r == 0)
        r = compare_key_usage(certificate, request, ret_warnings, err);
    if (r == 0)
        r = compare_validity(certificate, request, ret_warnings, err);
    ERR_clear_error();
    return r;
}
