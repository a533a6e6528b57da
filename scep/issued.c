#include "scep/issued.h"

#include "scep/print.h"

#include <openssl/err.h>

static bool same_certificate(const X509 *a, const X509 *b)
{
    return ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)) == 0 &&
           X509_NAME_cmp(X509_get_issuer_name(a), X509_get_issuer_name(b)) == 0;
}

/* The one for the old key: a server that renews without looking at the new one. */
static X509 *find_same_key(STACK_OF(X509) *certificates, const X509 *old)
{
    EVP_PKEY *key = old ? X509_get0_pubkey(old) : NULL;
    for (int i = 0; key && i < sk_X509_num(certificates); i++) {
        EVP_PKEY *its = X509_get0_pubkey(sk_X509_value(certificates, i));
        if (its && EVP_PKEY_eq(its, key) == 1)
            return sk_X509_value(certificates, i);
    }
    return NULL;
}

/* Why none of them will do. */
static int refuse(STACK_OF(X509) *certificates, bool old_again, const X509 *old, struct err *err)
{
    autobuf text = {0};
    X509 *same_key = find_same_key(certificates, old);
    X509 *shown = same_key ? same_key : sk_X509_value(certificates, 0);
    ERR_clear_error();
    int r = old_again ? print_serial(X509_get0_serialNumber(old), &text, err)
                      : print_certificate(shown, &text, err);
    if (r < 0)
        return r;
    if (old_again)
        return err_set(err, ERR_CONFIG,
                       "the CA gave back the old certificate (serial %s), not a new one",
                       buf_text(&text));
    return err_set(err, ERR_CONFIG, "the CA sent a certificate for %s: %s",
                   same_key ? "the old key, not for the new one" : "another key", buf_text(&text));
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
    if (sk_X509_num(certificates) < 1)
        return err_set(err, ERR_CONFIG, "the answer says SUCCESS and holds no certificate");
    return refuse(certificates, old_again, old, err);
}
