#include "tests/ca/wrap.h"

#include <openssl/pkcs7.h>

#define DES_SIZE 8 /* of a key and of a block */

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static bool take_p7(PKCS7 *p7, struct buf *ret)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    return len > 0 && buf_add(ret, der, (size_t)len, NULL) == 0;
}

static STACK_OF(X509) *only(X509 *certificate)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    if (!all || !X509_add_cert(all, certificate, X509_ADD_FLAG_UP_REF))
        abort();
    return all;
}

/* Key agreement is beyond PKCS #7, and so is a stream. */
static bool wrap_cms(const struct buf *content, X509 *to, unsigned flags, struct buf *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = only(to);
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = CMS_encrypt(recipients, in, EVP_aes_128_cbc(), CMS_BINARY | flags);
    char *data;
    if (!cms || !i2d_CMS_bio_stream(out, cms, in, (int)(CMS_BINARY | flags)))
        return false;
    long len = BIO_get_mem_data(out, &data);
    return len > 0 && buf_add(ret, data, (size_t)len, NULL) == 0;
}

bool wrap_usual(const struct buf *content, X509 *to, struct buf *ret)
{
    if (!EVP_PKEY_is_a(X509_get0_pubkey(to), "RSA"))
        return wrap_cms(content, to, 0, ret);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = only(to);
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(PKCS7_free_p)
    PKCS7 *p7 = PKCS7_encrypt(recipients, in, EVP_aes_128_cbc(), PKCS7_BINARY);
    return p7 && take_p7(p7, ret);
}

bool wrap_ber(const struct buf *content, X509 *to, struct buf *ret)
{
    return wrap_cms(content, to, CMS_STREAM, ret);
}

/* Single DES by way of triple DES, with one key three times. */
static bool encrypt_des(const struct buf *content, const uint8_t key[DES_SIZE],
                        const uint8_t iv[DES_SIZE], struct buf *ret)
{
    uint8_t triple[3 * DES_SIZE];
    for (size_t i = 0; i < sizeof triple; i++)
        triple[i] = key[i % DES_SIZE];
    CLEANUP(EVP_CIPHER_CTX_free_p) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int n = 0, rest = 0;
    if (!context || buf_reserve(ret, content->len + DES_SIZE, NULL) < 0 ||
        !EVP_EncryptInit_ex(context, EVP_des_ede3_cbc(), NULL, triple, iv) ||
        !EVP_EncryptUpdate(context, ret->data, &n, content->data, (int)content->len) ||
        !EVP_EncryptFinal_ex(context, ret->data + n, &rest))
        return false;
    ret->len = (size_t)(n + rest);
    return true;
}

static bool wrap_key(const uint8_t key[DES_SIZE], X509 *to, ASN1_OCTET_STRING *ret)
{
    uint8_t wrapped[1024];
    size_t len = sizeof wrapped;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(X509_get0_pubkey(to), NULL);
    return context && EVP_PKEY_encrypt_init(context) > 0 &&
           EVP_PKEY_encrypt(context, wrapped, &len, key, DES_SIZE) > 0 &&
           ASN1_OCTET_STRING_set(ret, wrapped, (int)len);
}

bool wrap_des(const struct buf *content, X509 *to, struct buf *ret)
{
    static const uint8_t key[] = "8bytekey", iv[] = "initial";
    autobuf encrypted = {0};
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_new();
    if (!p7 || !PKCS7_set_type(p7, NID_pkcs7_enveloped) ||
        !PKCS7_set_cipher(p7, EVP_des_ede3_cbc()))
        return false;
    PKCS7_RECIP_INFO *info = PKCS7_add_recipient(p7, to);
    if (!info || !encrypt_des(content, key, iv, &encrypted) || !wrap_key(key, to, info->enc_key))
        return false;
    PKCS7_ENC_CONTENT *part = p7->d.enveloped->enc_data;
    ASN1_OCTET_STRING *parameter = ASN1_OCTET_STRING_new();
    part->enc_data = ASN1_OCTET_STRING_new();
    return parameter && part->enc_data && ASN1_OCTET_STRING_set(parameter, iv, DES_SIZE) &&
           X509_ALGOR_set0(part->algorithm, OBJ_nid2obj(NID_des_cbc), V_ASN1_OCTET_STRING,
                           parameter) &&
           ASN1_OCTET_STRING_set(part->enc_data, encrypted.data, (int)encrypted.len) &&
           take_p7(p7, ret);
}
