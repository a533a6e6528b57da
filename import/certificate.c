#include "import/certificate.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

DEFINE_CLEANUP(X509 *, X509_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)

void certificate_subject(const X509 *certificate, char *ret, size_t size)
{
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem());
    int n = -1;
    if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                                  XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        n = BIO_read(bio, ret, (int)size - 1);
    ret[n > 0 ? n : 0] = 0;
    err_sanitise(ret);
    if (!*ret)
        snprintf(ret, size, "(no subject)");
    ERR_clear_error();
}

int certificate_facts(const struct buf *der, struct certificate_facts *ret, struct err *err)
{
    const uint8_t *p = der->data;
    CLEANUP(X509_free_p) X509 *certificate = d2i_X509(NULL, &p, (long)der->len);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct tm expires = {0};
    if (!certificate || p != der->data + der->len ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &expires) != 1 ||
        X509_digest(certificate, EVP_sha256(), digest, &n) != 1) {
        ERR_clear_error();
        return err_set(err, ERR_CONFIG, "no certificate that can be read");
    }
    certificate_subject(certificate, ret->subject, sizeof ret->subject);
    strftime(ret->expires, sizeof ret->expires, "%Y-%m-%d", &expires);
    text_hex(digest, n, ret->fingerprint);
    ret->self_issued =
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
    return 0;
}

bool certificate_has_digest(const struct buf *der, const void *data, size_t len)
{
    const EVP_MD *const kinds[] = {EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha512()};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if ((size_t)EVP_MD_get_size(kinds[i]) == len &&
            EVP_Digest(der->data, der->len, digest, &n, kinds[i], NULL) == 1 &&
            memcmp(digest, data, len) == 0)
            return true;
    ERR_clear_error();
    return false;
}
