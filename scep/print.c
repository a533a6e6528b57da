#include "scep/print.h"

#include "base/text.h"

int print_name(const X509_NAME *name, struct buf *ret, struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    unsigned long flags = XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_CTRL |
                          ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_UTF8_CONVERT;
    if (!out || X509_NAME_print_ex(out, name, 0, flags) < 0)
        return openssl_error(err, ERR_RESOURCE, "printing a name");
    char *text;
    long len = BIO_get_mem_data(out, &text);
    return buf_add(ret, text, len > 0 ? (size_t)len : 0, err);
}

int print_serial(const ASN1_INTEGER *serial, struct buf *ret, struct err *err)
{
    CLEANUP(BN_free_p) BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *digits = number ? BN_bn2hex(number) : NULL;
    if (!digits)
        return openssl_error(err, ERR_RESOURCE, "printing a serial number");
    int rc = buf_add_text(ret, digits, err);
    OPENSSL_free(digits);
    return rc;
}

int print_certificate(const X509 *certificate, struct buf *ret, struct err *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    if (!X509_digest(certificate, EVP_sha256(), digest, &len))
        return openssl_error(err, ERR_RESOURCE, "fingerprint");
    text_hex(digest, len, hex);
    int rc = buf_add_text(ret, "\"", err);
    if (rc == 0)
        rc = print_name(X509_get_subject_name(certificate), ret, err);
    return rc < 0 ? rc : buf_printf(ret, err, "\" (SHA-256 %s)", hex);
}
