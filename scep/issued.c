#include "scep/issued.h"

#include "scep/print.h"

#include <openssl/err.h>

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
    if (sk_X509_num(certificates) < 1)
        return err_set(err, ERR_CONFIG, "the answer says SUCCESS and holds no certificate");
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
