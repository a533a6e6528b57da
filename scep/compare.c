#include "scep/compare.h"

#include "profile/san.h"
#include "profile/value.h"
#include "scep/csr.h"
#include "scep/print.h"
#include "scep/usage.h"

#include <openssl/err.h>
#include <string.h>

#define DAY (24 * 3600LL)
/* Names that the CA added, told one by one; the rest as a number. */
#define ADDED_TOLD 8

static int compare_subject(const X509 *certificate, const struct request *request,
                           struct strings *ret, struct err *err)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *asked = NULL;
    const X509_NAME *got = X509_get_subject_name(certificate);
    int rc = csr_name(&request->subject, &asked, err);
    if (rc < 0 || X509_NAME_cmp(asked, got) == 0)
        return rc;
    autobuf asked_text = {0}, got_text = {0};
    rc = print_name(asked, &asked_text, err);
    if (rc == 0)
        rc = print_name(got, &got_text, err);
    return rc < 0 ? rc
                  : strings_printf(ret, err, "the CA changed the subject from \"%s\" to \"%s\"",
                                   buf_text(&asked_text), buf_text(&got_text));
}

/* Host names are the same in any case (RFC 4343), mailboxes are not before their '@'. */
static bool same_text(const ASN1_STRING *a, const ASN1_STRING *b, bool mailbox)
{
    const char *x = (const char *)ASN1_STRING_get0_data(a);
    const char *y = (const char *)ASN1_STRING_get0_data(b);
    size_t len = (size_t)ASN1_STRING_length(a);
    if (len != (size_t)ASN1_STRING_length(b))
        return false;
    const char *at = mailbox ? memchr(x, '@', len) : NULL;
    size_t exact = mailbox ? (at ? (size_t)(at - x) : len) : 0;
    return memcmp(x, y, exact) == 0 && strncasecmp(x + exact, y + exact, len - exact) == 0;
}

static bool same_name(const GENERAL_NAME *a, const GENERAL_NAME *b)
{
    if (a->type == b->type && a->type == GEN_DNS)
        return same_text(a->d.dNSName, b->d.dNSName, false);
    if (a->type == b->type && a->type == GEN_EMAIL)
        return same_text(a->d.rfc822Name, b->d.rfc822Name, true);
    return GENERAL_NAME_cmp((GENERAL_NAME *)a, (GENERAL_NAME *)b) == 0;
}

static bool has_name(const GENERAL_NAMES *names, const GENERAL_NAME *wanted)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (same_name(sk_GENERAL_NAME_value(names, i), wanted))
            return true;
    return false;
}

/* As OpenSSL has it, "DNS:box.test"; of a UPN too. */
static int describe_name(const GENERAL_NAME *name, struct buf *ret, struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    char *text;
    if (!out || GENERAL_NAME_print(out, (GENERAL_NAME *)name) <= 0)
        return openssl_error(err, ERR_RESOURCE, "printing a name");
    long len = BIO_get_mem_data(out, &text);
    int rc = buf_add(ret, text, len > 0 ? (size_t)len : 0, err);
    if (rc == 0 && ret->len)
        err_sanitise((char *)ret->data);
    return rc;
}

static int compare_added_names(const GENERAL_NAMES *got, const GENERAL_NAMES *asked,
                               struct strings *ret, struct err *err)
{
    int rc = 0, added = 0;
    for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(got); i++) {
        autobuf text = {0};
        if (has_name(asked, sk_GENERAL_NAME_value(got, i)) || ++added > ADDED_TOLD)
            continue;
        rc = describe_name(sk_GENERAL_NAME_value(got, i), &text, err);
        if (rc == 0)
            rc = strings_printf(ret, err, "the CA added the alternative name \"%s\"",
                                buf_text(&text));
    }
    if (rc == 0 && added > ADDED_TOLD)
        rc = strings_printf(ret, err, "the CA added %d more alternative names", added - ADDED_TOLD);
    return rc;
}

static int compare_alternative_names(const X509 *certificate, const struct request *request,
                                     struct strings *ret, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *asked = NULL;
    int rc = csr_alternative_names(request, &asked, err);
    if (rc < 0)
        return rc;
    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *got = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(asked); i++)
        if (!has_name(got, sk_GENERAL_NAME_value(asked, i)))
            rc = strings_printf(ret, err, "the CA left out the alternative name \"%s:%s\"",
                                san_kind_name(request->sans[i].kind), request->sans[i].value);
    return rc < 0 ? rc : compare_added_names(got, asked, ret, err);
}

static int compare_extended_key_usage(const X509 *certificate, const struct request *request,
                                      struct strings *ret, struct err *err)
{
    CLEANUP(EXTENDED_KEY_USAGE_free_p)
    EXTENDED_KEY_USAGE *got = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < request->ekus.n; i++) {
        const char *oid = request->ekus.v[i], *name = value_eku_name(oid);
        if (usage_has(got, oid))
            continue;
        rc = name ? strings_printf(ret, err, "the CA left out the extended key usage %s (%s)", name,
                                   oid)
                  : strings_printf(ret, err, "the CA left out the extended key usage %s", oid);
    }
    return rc;
}

static int compare_key_usage(X509 *certificate, const struct request *request, struct strings *ret,
                             struct err *err)
{
    static const struct {
        unsigned asked;
        uint32_t got;
        const char *name;
    } usages[] = {{USAGE_DIGITAL_SIGNATURE, KU_DIGITAL_SIGNATURE, "digitalSignature"},
                  {USAGE_KEY_ENCIPHERMENT, KU_KEY_ENCIPHERMENT, "keyEncipherment"}};
    uint32_t got = X509_get_key_usage(certificate); /* all, when it says nothing about it */
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(usages); i++)
        if (request->key_usage & usages[i].asked && !(got & usages[i].got))
            rc = strings_printf(ret, err, "the CA left out the key usage %s", usages[i].name);
    return rc;
}

/* In days. A month is one of the calendar's to one CA and 30 days to another. */
static int64_t longest(const struct request *request)
{
    static const int64_t days[] = {0, 1, 31, 366};
    return request->validity * days[request->validity_unit];
}

static int64_t shortest(const struct request *request)
{
    static const int64_t days[] = {0, 1, 30, 365};
    bool february = request->validity_unit == VALIDITY_MONTHS;
    return request->validity * days[request->validity_unit] - february;
}

/* CAs round, and begin a little before the request. */
static int64_t slack(int64_t days)
{
    return days < 10 ? days * DAY / 10 : DAY;
}

static bool ends_with(const X509 *certificate, const X509 *issuer)
{
    int days, seconds;
    return issuer &&
           ASN1_TIME_diff(&days, &seconds, X509_get0_notAfter(certificate),
                          X509_get0_notAfter(issuer)) &&
           days * DAY + seconds <= DAY;
}

static int compare_validity(const X509 *certificate, const X509 *issuer,
                            const struct request *request, struct strings *ret, struct err *err)
{
    int days, seconds;
    if (request->validity_unit == VALIDITY_NONE || request->validity_unit > VALIDITY_YEARS ||
        !ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                        X509_get0_notAfter(certificate)))
        return 0;
    int64_t lifetime = days * DAY + seconds, least = shortest(request);
    if (lifetime > longest(request) * DAY + DAY)
        return strings_printf(
            ret, err, "the certificate is valid for %d days, longer than was asked for", days);
    if (lifetime < least * DAY - slack(least))
        return strings_printf(
            ret, err,
            "the certificate is valid for %d days and %d hours, shorter than was asked for%s", days,
            seconds / 3600,
            ends_with(certificate, issuer) ? ", because the CA's own certificate ends then" : "");
    return 0;
}

/* With which hash a CA signs is its own affair, unless nobody should believe it. */
static int compare_hash(X509 *certificate, const struct request *request, struct strings *ret,
                        struct err *err)
{
    int digest = NID_undef;
    if (request->hash == HASH_SHA1 ||
        !X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) ||
        (digest != NID_sha1 && digest != NID_md5))
        return 0;
    return strings_printf(ret, err, "the CA signed the certificate with %s, which is broken",
                          digest == NID_sha1 ? "SHA-1" : "MD5");
}

int compare_certificate(X509 *certificate, const X509 *issuer, const struct request *request,
                        struct strings *ret, struct err *err)
{
    int rc = compare_subject(certificate, request, ret, err);
    if (rc == 0)
        rc = compare_alternative_names(certificate, request, ret, err);
    if (rc == 0)
        rc = compare_extended_key_usage(certificate, request, ret, err);
    if (rc == 0)
        rc = compare_key_usage(certificate, request, ret, err);
    if (rc == 0)
        rc = compare_validity(certificate, issuer, request, ret, err);
    if (rc == 0)
        rc = compare_hash(certificate, request, ret, err);
    ERR_clear_error();
    return rc;
}
