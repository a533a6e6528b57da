#include "tests/ca/pki.h"

#include <string.h>

enum { TYPE, STATUS, FAIL, SENDER_NONCE, RECIPIENT_NONCE, TRANSACTION, FAIL_TEXT, HRESULT };

static int nid(int attribute)
{
    static const char *const oids[] = {
        "2.16.840.1.113733.1.9.2", "2.16.840.1.113733.1.9.3", "2.16.840.1.113733.1.9.4",
        "2.16.840.1.113733.1.9.5", "2.16.840.1.113733.1.9.6", "2.16.840.1.113733.1.9.7",
        "1.3.6.1.5.5.7.24.1",      "1.3.6.1.4.1.311.21.33",
    };
    int found = OBJ_txt2nid(oids[attribute]);
    return found != NID_undef ? found : OBJ_create(oids[attribute], oids[attribute], NULL);
}

static bool take(BIO *bio, struct buf *ret)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    return len >= 0 && buf_add(ret, data, (size_t)len, NULL) == 0;
}

static bool take_p7(PKCS7 *p7, struct buf *ret)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    return len > 0 && buf_add(ret, der, (size_t)len, NULL) == 0;
}

static bool read_attribute(PKCS7_SIGNER_INFO *info, int attribute, int type, void *ret, size_t size)
{
    ASN1_TYPE *value = PKCS7_get_signed_attribute(info, nid(attribute));
    if (!value || value->type != type || (size_t)value->value.asn1_string->length > size)
        return false;
    memcpy(ret, value->value.asn1_string->data, (size_t)value->value.asn1_string->length);
    return true;
}

bool pki_open(const struct buf *message, const struct identity *who, struct pki_request *ret)
{
    const uint8_t *at = message->data;
    CLEANUP(PKCS7_free_p) PKCS7 *outer = d2i_PKCS7(NULL, &at, (long)message->len);
    CLEANUP(BIO_free_all_p) BIO *signed_part = BIO_new(BIO_s_mem());
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    if (!outer || !PKCS7_type_is_signed(outer) ||
        PKCS7_verify(outer, NULL, NULL, NULL, signed_part, PKCS7_NOVERIFY | PKCS7_BINARY) != 1)
        return false;

    STACK_OF(X509) *signers = PKCS7_get0_signers(outer, NULL, 0);
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(outer), 0);
    char type[4] = "";
    *ret = (struct pki_request){.signer = sk_X509_value(signers, 0)};
    X509_up_ref(ret->signer);
    sk_X509_free(signers);

    /* Exactly one certificate, and the types that RFC 8894 wants. */
    bool good =
        sk_X509_num(outer->d.sign->cert) == 1 &&
        read_attribute(info, TYPE, V_ASN1_PRINTABLESTRING, type, sizeof type - 1) &&
        read_attribute(info, TRANSACTION, V_ASN1_PRINTABLESTRING, ret->transaction,
                       sizeof ret->transaction - 1) &&
        read_attribute(info, SENDER_NONCE, V_ASN1_OCTET_STRING, ret->nonce, sizeof ret->nonce);
    ret->type = atoi(type);
    CLEANUP(PKCS7_free_p) PKCS7 *inner = d2i_PKCS7_bio(signed_part, NULL);
    good = good && inner && PKCS7_type_is_enveloped(inner) &&
           OBJ_obj2nid(inner->d.enveloped->enc_data->content_type) == NID_pkcs7_data &&
           PKCS7_decrypt(inner, who->key, who->certificate, content, PKCS7_BINARY) == 1 &&
           take(content, &ret->content);
    if (!good)
        pki_request_free(ret);
    return good;
}

void pki_request_free(struct pki_request *request)
{
    X509_free(request->signer);
    buf_free(&request->content);
    *request = (struct pki_request){0};
}

static bool add(PKCS7_SIGNER_INFO *info, int attribute, int type, const void *data, int len)
{
    ASN1_STRING *value = ASN1_STRING_type_new(type);
    return value && ASN1_STRING_set(value, data, len) &&
           PKCS7_add_signed_attribute(info, nid(attribute), type, value);
}

static bool add_number(PKCS7_SIGNER_INFO *info, int attribute, int number)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%d", number);
    return add(info, attribute, V_ASN1_PRINTABLESTRING, text, len);
}

bool pki_seal(const struct pki_reply *reply, const struct identity *who, struct buf *ret)
{
    int flags = PKCS7_BINARY | PKCS7_PARTIAL | PKCS7_NOSMIMECAP;
    if (reply->status == 2) /* as Microsoft's server does */
        flags |= PKCS7_NOCERTS;
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_sign(NULL, NULL, NULL, NULL, flags);
    PKCS7_SIGNER_INFO *info =
        p7 ? PKCS7_sign_add_signer(p7, who->certificate, who->key, EVP_sha256(), flags) : NULL;
    CLEANUP(BIO_free_all_p)
    BIO *content = reply->content ? bio_of(reply->content) : BIO_new_mem_buf("", 0);
    if (!info ||
        !add(info, TRANSACTION, V_ASN1_PRINTABLESTRING, reply->transaction,
             (int)strlen(reply->transaction)) ||
        !add_number(info, TYPE, reply->type) || !add_number(info, STATUS, reply->status) ||
        !add(info, SENDER_NONCE, V_ASN1_OCTET_STRING, "0123456789abcdef", 16) ||
        !add(info, RECIPIENT_NONCE, V_ASN1_OCTET_STRING, reply->nonce, 16))
        return false;
    if (reply->fail_info >= 0 && !add_number(info, FAIL, reply->fail_info))
        return false;
    if (reply->hresult && !add_number(info, HRESULT, reply->hresult))
        return false;
    if (reply->fail_text &&
        !add(info, FAIL_TEXT, V_ASN1_UTF8STRING, reply->fail_text, (int)strlen(reply->fail_text)))
        return false;
    if (!PKCS7_final(p7, content, PKCS7_BINARY))
        return false;
    /* PENDING comes with no content at all, as RFC 8894 wants it; FAILURE with an empty one, as
     * some servers do. */
    return (reply->status != 3 || PKCS7_set_detached(p7, 1)) && take_p7(p7, ret);
}

bool pki_bundle(STACK_OF(X509) *certificates, struct buf *ret)
{
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_new();
    if (!p7 || !PKCS7_set_type(p7, NID_pkcs7_signed) || !PKCS7_content_new(p7, NID_pkcs7_data))
        return false;
    PKCS7_set_detached(p7, 1);
    for (int i = 0; i < sk_X509_num(certificates); i++)
        if (!PKCS7_add_certificate(p7, sk_X509_value(certificates, i)))
            return false;
    return take_p7(p7, ret);
}

bool pki_sign(const struct buf *content, const struct identity *who, struct buf *ret)
{
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(PKCS7_free_p)
    PKCS7 *p7 = PKCS7_sign(who->certificate, who->key, NULL, in, PKCS7_BINARY | PKCS7_NOSMIMECAP);
    return p7 && take_p7(p7, ret);
}

/* Key agreement, as ADDRESS has it. */
static bool agree(CMS_RecipientInfo *info, const struct pki_address *address)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(info);
    EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_kari_get0_ctx(info);
    const EVP_CIPHER *cipher = address->wrap == 168   ? EVP_des_ede3_wrap()
                               : address->wrap == 192 ? EVP_aes_192_wrap()
                               : address->wrap == 256 ? EVP_aes_256_wrap()
                                                      : EVP_aes_128_wrap();
    const EVP_MD *digest = EVP_get_digestbyname(address->digest ? address->digest : "SHA1");
    if (!context || !wrap || !digest)
        return false;
    EVP_CIPHER_CTX_set_flags(wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, address->cofactor) > 0 &&
           EVP_PKEY_CTX_set_ecdh_kdf_md(context, digest) > 0 &&
           EVP_EncryptInit_ex(wrap, cipher, NULL, NULL, NULL);
}

bool pki_encrypt(const struct buf *content, STACK_OF(X509) *to, const struct pki_address *address,
                 struct buf *ret)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL;
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_128_cbc(), flags);
    for (int i = 0; cms && i < sk_X509_num(to); i++) {
        CMS_RecipientInfo *info = CMS_add1_recipient_cert(
            cms, sk_X509_value(to, i), CMS_KEY_PARAM | (address->by_key_id ? CMS_USE_KEYID : 0));
        if (!info || (CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE && !agree(info, address)))
            return false;
    }
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = cms && CMS_final(cms, in, NULL, CMS_BINARY) ? i2d_CMS_ContentInfo(cms, &der) : -1;
    return len > 0 && buf_add(ret, der, (size_t)len, NULL) == 0;
}

/* Over the older API, unless it has to be the newer one. */
static bool encrypt(const struct buf *content, X509 *to, const struct pki_address *address,
                    struct buf *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = sk_X509_new_null();
    if (!X509_add_cert(recipients, to, X509_ADD_FLAG_UP_REF))
        return false;
    if (!EVP_PKEY_is_a(X509_get0_pubkey(to), "RSA") || address->by_key_id)
        return pki_encrypt(content, recipients, address, ret);
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(PKCS7_free_p)
    PKCS7 *p7 = PKCS7_encrypt(recipients, in, EVP_aes_128_cbc(), PKCS7_BINARY);
    return p7 && take_p7(p7, ret);
}

bool pki_crl_envelope(const struct identity *issuer, X509 *to, bool sha1, struct buf *ret)
{
    autobuf bundle = {0};
    CLEANUP(X509_CRL_free_p) X509_CRL *crl = X509_CRL_new();
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *later = X509_gmtime_adj(NULL, 3600);
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_new();
    if (!crl || !now || !later || !p7 || !X509_CRL_set_version(crl, 1) ||
        !X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->certificate)) ||
        !X509_CRL_set1_lastUpdate(crl, now) || !X509_CRL_set1_nextUpdate(crl, later) ||
        !X509_CRL_sign(crl, issuer->key, sha1 ? EVP_sha1() : EVP_sha256()) ||
        !PKCS7_set_type(p7, NID_pkcs7_signed) || !PKCS7_content_new(p7, NID_pkcs7_data) ||
        !PKCS7_set_detached(p7, 1) || !PKCS7_add_crl(p7, crl) || !take_p7(p7, &bundle))
        return false;
    return encrypt(&bundle, to, &(struct pki_address){0}, ret);
}

bool pki_envelope(STACK_OF(X509) *certificates, X509 *to, const struct pki_address *address,
                  struct buf *ret)
{
    autobuf bundle = {0};
    return pki_bundle(certificates, &bundle) && encrypt(&bundle, to, address, ret);
}
