#include "scep/envelope.h"

#include "scep/agreement.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#define DES_KEY 8

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* Appends the content-encryption key that ENVELOPE holds for SIGNER, who has an RSA key. */
static int unwrap_rsa(const ENVELOPE *envelope, const struct signer *signer, struct buf *ret,
                      struct err *err)
{
    const KEY_TRANSPORT *transport = enveloped_transport(envelope, signer->certificate);
    if (!transport)
        return err_set(err, ERR_CONFIG, "the answer's envelope is not addressed to us");
    const ASN1_OCTET_STRING *wrapped = transport->wrapped;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(tpm_library(signer->key), signer->key,
                                                       tpm_properties(signer->key));
    size_t len = 0;
    if (!context || EVP_PKEY_decrypt_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_decrypt(context, NULL, &len, wrapped->data, (size_t)wrapped->length) <= 0)
        return openssl_error(err, ERR_CONFIG, enveloped_failed);
    int rc = buf_reserve(ret, len, err);
    if (rc < 0)
        return rc;
    if (EVP_PKEY_decrypt(context, ret->data + ret->len, &len, wrapped->data,
                         (size_t)wrapped->length) <= 0)
        return openssl_error(err, ERR_CONFIG, enveloped_failed);
    ret->len += len;
    return 0;
}

/* OpenSSL has single DES in its legacy provider only. Triple DES with one key three times is the
 * same cipher. */
static int triple(struct buf *key, struct err *err)
{
    uint8_t once[DES_KEY];
    if (key->len != DES_KEY)
        return err_set(err, ERR_CONFIG, "%s", enveloped_failed);
    memcpy(once, key->data, sizeof once);
    int rc = buf_add(key, once, sizeof once, err);
    if (rc == 0)
        rc = buf_add(key, once, sizeof once, err);
    OPENSSL_cleanse(once, sizeof once);
    return rc;
}

/* CIPHER is one that strength_cipher() knows: with an initialisation vector for a parameter. */
static int decrypt(const ENCRYPTED_CONTENT *content, const EVP_CIPHER *cipher,
                   const struct buf *key, struct buf *ret, struct err *err)
{
    const ASN1_TYPE *iv = content->cipher->parameter;
    const ASN1_OCTET_STRING *data = content->data;
    if (key->len != (size_t)EVP_CIPHER_get_key_length(cipher) || !data || data->length <= 0 ||
        !iv || iv->type != V_ASN1_OCTET_STRING ||
        iv->value.octet_string->length != EVP_CIPHER_get_iv_length(cipher))
        return err_set(err, ERR_CONFIG, "%s", enveloped_failed);
    int rc = buf_reserve(ret, (size_t)data->length + EVP_MAX_BLOCK_LENGTH, err);
    if (rc < 0)
        return rc;
    CLEANUP(EVP_CIPHER_CTX_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *out = ret->data + ret->len;
    int n = 0, rest = 0;
    if (!context ||
        !EVP_DecryptInit_ex(context, cipher, NULL, key->data, iv->value.octet_string->data) ||
        !EVP_DecryptUpdate(context, out, &n, data->data, data->length) ||
        !EVP_DecryptFinal_ex(context, out + n, &rest))
        return openssl_error(err, ERR_CONFIG, enveloped_failed);
    ret->len += (size_t)(n + rest);
    return 0;
}

/* What OpenSSL's CMS does not do: single DES, and key agreement with a key in a TPM. */
static int open_by_hand(const ENVELOPE *envelope, int cipher, const struct signer *signer,
                        const struct strength *strength, struct buf *ret,
                        struct envelope_marks *ret_marks, struct err *err)
{
    autobuf key = {0};
    bool des = cipher == NID_des_cbc, agreed = EVP_PKEY_is_a(signer->key, "EC");
    int rc = agreed ? agreement_open(envelope, signer, strength, &key, err)
                    : unwrap_rsa(envelope, signer, &key, err);
    ret_marks->not_agreed = agreed && rc == -ERR_CONFIG;
    if (rc == 0 && des)
        rc = triple(&key, err);
    return rc < 0 ? rc
                  : decrypt(envelope->data->content,
                            des ? EVP_des_ede3_cbc() : EVP_get_cipherbynid(cipher), &key, ret, err);
}

static int open_cms(const struct buf *der, const struct signer *signer, struct buf *ret,
                    struct err *err)
{
    const uint8_t *at = der->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms =
        CMS_ContentInfo_new_ex(tpm_library(signer->key), tpm_properties(signer->key));
    if (!cms || !d2i_CMS_ContentInfo(&cms, &at, (long)der->len))
        return openssl_error(err, ERR_CONFIG, enveloped_failed);
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    if (!content)
        return err_memory(err);
    if (CMS_decrypt(cms, signer->key, signer->certificate, NULL, content, CMS_BINARY) != 1)
        return ERR_peek_error() ? openssl_error(err, ERR_CONFIG, enveloped_failed)
                                : err_set(err, ERR_CONFIG, "%s", enveloped_failed);
    char *data;
    long len = BIO_get_mem_data(content, &data);
    return buf_add(ret, data, len > 0 ? (size_t)len : 0, err);
}

int envelope_open(const struct buf *der, const struct signer *signer,
                  const struct strength *strength, struct buf *ret,
                  struct envelope_marks *ret_marks, struct err *err)
{
    *ret_marks = (struct envelope_marks){0};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = enveloped_parse(der);
    if (!envelope)
        return err_set(err, ERR_CONFIG, "the answer says SUCCESS and has no envelope");
    int cipher = OBJ_obj2nid(envelope->data->content->cipher->algorithm);
    int rc = strength_cipher(strength, cipher, err);
    if (rc < 0)
        return err_context(err, "the answer's envelope");
    bool by_hand = cipher == NID_des_cbc || EVP_PKEY_is_a(signer->key, "EC");
    rc = by_hand ? open_by_hand(envelope, cipher, signer, strength, ret, ret_marks, err)
                 : open_cms(der, signer, ret, err);
    ret_marks->des = rc == 0 && cipher == NID_des_cbc;
    return rc;
}
