#include "scep/envelope.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>

#define DES_KEY   8
#define DES_BLOCK 8

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static const char failed[] =
    "the answer's envelope cannot be opened with our key, which is to say that "
    "it is damaged or meant for another";

/* DER in the older syntax, which shows its parts; NULL when it does not fit (key agreement). */
static PKCS7 *envelope_parse(const struct buf *der)
{
    const uint8_t *at = der->data;
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der->len);
    ERR_clear_error();
    bool whole = p7 && PKCS7_type_is_enveloped(p7) && p7->d.enveloped &&
                 p7->d.enveloped->enc_data && p7->d.enveloped->enc_data->algorithm;
    return whole ? steal(&p7) : NULL;
}

/* Appends the content-encryption key that RECIPIENTS hold for SIGNER. */
static int unwrap_key(STACK_OF(PKCS7_RECIP_INFO) *recipients, const struct signer *signer,
                      struct buf *ret, struct err *err)
{
    PKCS7_RECIP_INFO *ours = NULL;
    for (int i = 0; i < sk_PKCS7_RECIP_INFO_num(recipients); i++) {
        PKCS7_RECIP_INFO *info = sk_PKCS7_RECIP_INFO_value(recipients, i);
        PKCS7_ISSUER_AND_SERIAL *id = info->issuer_and_serial;
        if (ASN1_INTEGER_cmp(id->serial, X509_get0_serialNumber(signer->certificate)) == 0 &&
            X509_NAME_cmp(id->issuer, X509_get_issuer_name(signer->certificate)) == 0)
            ours = info;
    }
    if (!ours)
        return err_set(err, ERR_CONFIG, "the answer's envelope is not addressed to us");
    const ASN1_OCTET_STRING *wrapped = ours->enc_key;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(tpm_library(signer->key), signer->key,
                                                       tpm_properties(signer->key));
    size_t len = 0;
    if (!context || EVP_PKEY_decrypt_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_decrypt(context, NULL, &len, wrapped->data, (size_t)wrapped->length) <= 0)
        return openssl_error(err, ERR_CONFIG, failed);
    int r = buf_reserve(ret, len, err);
    if (r < 0)
        return r;
    if (EVP_PKEY_decrypt(context, ret->data + ret->len, &len, wrapped->data,
                         (size_t)wrapped->length) <= 0)
        return openssl_error(err, ERR_CONFIG, failed);
    ret->len += len;
    return 0;
}

/* OpenSSL has single DES in its legacy provider only. Triple DES with one key three times is the
 * same cipher. */
static int decrypt_des(const PKCS7_ENC_CONTENT *content, const struct buf *key, struct buf *ret,
                       struct err *err)
{
    const ASN1_TYPE *parameter = content->algorithm->parameter;
    const ASN1_OCTET_STRING *data = content->enc_data;
    if (key->len != DES_KEY || !data || data->length <= 0 || !parameter ||
        parameter->type != V_ASN1_OCTET_STRING ||
        parameter->value.octet_string->length != DES_BLOCK)
        return err_set(err, ERR_CONFIG, "%s", failed);
    autobuf triple = {0};
    int r = 0;
    for (int i = 0; r == 0 && i < 3; i++)
        r = buf_add(&triple, key->data, key->len, err);
    if (r == 0)
        r = buf_reserve(ret, (size_t)data->length + DES_BLOCK, err);
    if (r < 0)
        return r;
    CLEANUP(EVP_CIPHER_CTX_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *out = ret->data + ret->len;
    int n = 0, rest = 0;
    if (!context ||
        !EVP_DecryptInit_ex(context, EVP_des_ede3_cbc(), NULL, triple.data,
                            parameter->value.octet_string->data) ||
        !EVP_DecryptUpdate(context, out, &n, data->data, data->length) ||
        !EVP_DecryptFinal_ex(context, out + n, &rest))
        return openssl_error(err, ERR_CONFIG, failed);
    ret->len += (size_t)(n + rest);
    return 0;
}

static int open_des(const struct buf *der, const struct signer *signer, struct buf *ret,
                    struct err *err)
{
    autobuf key = {0};
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = envelope_parse(der);
    int r = p7 ? unwrap_key(p7->d.enveloped->recipientinfo, signer, &key, err)
               : err_set(err, ERR_CONFIG, "%s", failed);
    return r < 0 ? r : decrypt_des(p7->d.enveloped->enc_data, &key, ret, err);
}

static int open_cms(CMS_ContentInfo *cms, const struct signer *signer, struct buf *ret,
                    struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    if (!content)
        return err_memory(err);
    if (CMS_decrypt(cms, signer->key, signer->certificate, NULL, content, CMS_BINARY) != 1)
        return ERR_peek_error() ? openssl_error(err, ERR_CONFIG, failed)
                                : err_set(err, ERR_CONFIG, "%s", failed);
    char *data;
    long len = BIO_get_mem_data(content, &data);
    return buf_add(ret, data, len > 0 ? (size_t)len : 0, err);
}

/* Steps over the element at AT, or with INTO only over its head; false when it is no TAG. What we
 * look at was encoded by OpenSSL just now, so that every length is a definite one. */
static bool step(const uint8_t **at, const uint8_t *end, int tag, bool into)
{
    long len;
    int its_tag, its_class;
    int r = ASN1_get_object(at, &len, &its_tag, &its_class, end - *at);
    if (r & 0x81 || its_tag != tag || len > end - *at)
        return false;
    *at += into ? 0 : len;
    return true;
}

/* The cipher of the content (RFC 5652 section 6.1), which CMS keeps to itself; NID_undef: there is
 * none to be found. */
static int content_cipher(CMS_ContentInfo *cms)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len < 0)
        return NID_undef;
    const uint8_t *at = der, *end = der + len;
    bool found = step(&at, end, V_ASN1_SEQUENCE, true) && step(&at, end, V_ASN1_OBJECT, false) &&
                 step(&at, end, 0, true) && step(&at, end, V_ASN1_SEQUENCE, true) &&
                 step(&at, end, V_ASN1_INTEGER, false);
    const uint8_t *originator = at;
    if (found && step(&originator, end, 0, false))
        at = originator;
    found = found && step(&at, end, V_ASN1_SET, false) && step(&at, end, V_ASN1_SEQUENCE, true) &&
            step(&at, end, V_ASN1_OBJECT, false) && step(&at, end, V_ASN1_SEQUENCE, true);
    CLEANUP(ASN1_OBJECT_free_p)
    ASN1_OBJECT *cipher = found ? d2i_ASN1_OBJECT(NULL, &at, end - at) : NULL;
    ERR_clear_error();
    return cipher ? OBJ_obj2nid(cipher) : NID_undef;
}

int envelope_open(const struct buf *der, const struct signer *signer,
                  const struct strength *strength, struct buf *ret, bool *ret_des, struct err *err)
{
    const uint8_t *at = der->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms =
        CMS_ContentInfo_new_ex(tpm_library(signer->key), tpm_properties(signer->key));
    bool parsed = cms && der->len && d2i_CMS_ContentInfo(&cms, &at, (long)der->len);
    ERR_clear_error();
    if (!parsed || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_enveloped)
        return err_set(err, ERR_CONFIG, "the answer says SUCCESS and has no envelope");
    int cipher = content_cipher(cms);
    int r = strength_cipher(strength, cipher, err);
    if (r < 0)
        return err_context(err, "the answer's envelope");
    *ret_des = cipher == NID_des_cbc;
    return *ret_des ? open_des(der, signer, ret, err) : open_cms(cms, signer, ret, err);
}
