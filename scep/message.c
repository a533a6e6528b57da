#include "scep/message.h"

#include "scep/caps.h"
#include "scep/print.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/rand.h>

static int message_der(const CMS_ContentInfo *cms, struct buf *ret, struct err *err)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    return len < 0 ? openssl_error(err, ERR_RESOURCE, "SCEP message")
                   : buf_add(ret, der, (size_t)len, err);
}

static int no_such_key(X509 *recipient, struct err *err)
{
    autobuf text = {0};
    const EVP_PKEY *key = X509_get0_pubkey(recipient);
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    int rc = print_certificate(recipient, &text, err);
    return rc < 0 ? rc
                  : err_set(err, ERR_CONFIG,
                            "requests cannot be encrypted to certificate %s: its key is %s, "
                            "neither RSA nor EC",
                            buf_text(&text), type ? type : "none that is known here");
}

/* An RSA key is sent the content's key; with an EC key it is agreed upon (RFC 5753), where OpenSSL
 * takes a key wrap as strong as the cipher, and SHA-1 if it is not told better. */
static bool add_recipient(CMS_ContentInfo *cms, const struct message *message)
{
    bool agreed = EVP_PKEY_is_a(X509_get0_pubkey(message->recipient), "EC");
    CMS_RecipientInfo *info =
        CMS_add1_recipient_cert(cms, message->recipient, agreed ? CMS_KEY_PARAM : 0);
    EVP_PKEY_CTX *context = info && agreed ? CMS_RecipientInfo_get0_pkey_ctx(info) : NULL;
    return agreed ? context && EVP_PKEY_CTX_set_ecdh_kdf_md(context, hash_digest(message->hash)) > 0
                  : info != NULL;
}

/* As CMS_final(), which leaves a copy of the content, and of the challenge in it, lying in freed
 * memory. */
static bool seal(CMS_ContentInfo *cms, const struct buf *content)
{
    CLEANUP(BIO_free_all_p) BIO *to = CMS_dataInit(cms, NULL);
    return to && BIO_write(to, buf_text(content), (int)content->len) == (int)content->len &&
           BIO_flush(to) == 1 && CMS_dataFinal(cms, to) == 1;
}

static int message_encrypt(const struct message *message, struct buf *ret, struct err *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(message->recipient);
    if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC"))
        return no_such_key(message->recipient, err);
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, message->cipher, CMS_BINARY | CMS_PARTIAL);
    if (!cms)
        return err_memory(err);
    return add_recipient(cms, message) && seal(cms, message->content)
               ? message_der(cms, ret, err)
               : openssl_error(err, ERR_BUG, "cannot encrypt to the CA");
}

static int add_text(CMS_SignerInfo *info, const char *oid, const char *text)
{
    return CMS_signed_add1_attr_by_txt(info, oid, V_ASN1_PRINTABLESTRING, text, (int)strlen(text));
}

static int add_attributes(CMS_SignerInfo *info, const struct message *message,
                          const uint8_t nonce[NONCE_SIZE])
{
    char type[8];
    snprintf(type, sizeof type, "%d", (int)message->type);
    return add_text(info, OID_TRANSACTION_ID, message->transaction_id) &&
           add_text(info, OID_MESSAGE_TYPE, type) &&
           CMS_signed_add1_attr_by_txt(info, OID_SENDER_NONCE, V_ASN1_OCTET_STRING, nonce,
                                       NONCE_SIZE);
}

int message_build(const struct message *message, struct buf *ret, uint8_t ret_nonce[NONCE_SIZE],
                  struct err *err)
{
    autobuf envelope = {0};
    int rc = message_encrypt(message, &envelope, err);
    if (rc < 0)
        return rc;
    CLEANUP(BIO_free_all_p) BIO *content = bio_of(&envelope);
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms =
        CMS_sign_ex(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY,
                    tpm_library(message->signer->key), tpm_properties(message->signer->key));
    uint8_t nonce[NONCE_SIZE];
    if (!content || !cms || RAND_bytes(nonce, sizeof nonce) != 1)
        return openssl_error(err, ERR_RESOURCE, "SCEP message");
    CMS_SignerInfo *info = CMS_add1_signer(cms, message->signer->certificate, message->signer->key,
                                           hash_digest(message->hash), CMS_BINARY | CMS_NOSMIMECAP);
    if (!info || !add_attributes(info, message, nonce) ||
        !CMS_final(cms, content, NULL, CMS_BINARY))
        return openssl_error(err, ERR_BUG, "cannot sign the SCEP message");
    rc = message_der(cms, ret, err);
    if (rc == 0)
        memcpy(ret_nonce, nonce, sizeof nonce);
    return rc;
}

/* Appends a SEQUENCE of two that are encoded already; a negative length: they could not be. */
static int add_pair(const uint8_t *one, int one_len, const uint8_t *other, int other_len,
                    struct buf *ret, struct err *err)
{
    if (one_len < 0 || other_len < 0)
        return openssl_error(err, ERR_RESOURCE, "SCEP message");
    uint8_t header[16], *end = header;
    ASN1_put_object(&end, 1, one_len + other_len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    int rc = buf_add(ret, header, (size_t)(end - header), err);
    if (rc == 0)
        rc = buf_add(ret, one, (size_t)one_len, err);
    return rc < 0 ? rc : buf_add(ret, other, (size_t)other_len, err);
}

int message_issuer_and_subject(const X509_NAME *issuer, const X509_NAME *subject, struct buf *ret,
                               struct err *err)
{
    CLEANUP(bytes_free_p) uint8_t *issuer_der = NULL, *subject_der = NULL;
    int issuer_len = i2d_X509_NAME(issuer, &issuer_der);
    int subject_len = i2d_X509_NAME(subject, &subject_der);
    return add_pair(issuer_der, issuer_len, subject_der, subject_len, ret, err);
}

int message_issuer_and_serial(const X509_NAME *issuer, const ASN1_INTEGER *serial, struct buf *ret,
                              struct err *err)
{
    CLEANUP(bytes_free_p) uint8_t *issuer_der = NULL, *serial_der = NULL;
    int issuer_len = i2d_X509_NAME(issuer, &issuer_der);
    int serial_len = i2d_ASN1_INTEGER(serial, &serial_der);
    return add_pair(issuer_der, issuer_len, serial_der, serial_len, ret, err);
}
