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

/* PKCS #7 knows no key agreement. */
static bool decrypt_agreed(const struct buf *der, const struct identity *who, struct buf *ret)
{
    const uint8_t *at = der->data;
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *inner = d2i_CMS_ContentInfo(NULL, &at, (long)der->len);
    STACK_OF(CMS_RecipientInfo) *to = inner ? CMS_get0_RecipientInfos(inner) : NULL;
    return sk_CMS_RecipientInfo_num(to) == 1 &&
           CMS_RecipientInfo_type(sk_CMS_RecipientInfo_value(to, 0)) == CMS_RECIPINFO_AGREE &&
           CMS_decrypt(inner, who->key, who->certificate, NULL, out, CMS_BINARY) == 1 &&
           take(out, ret);
}

static bool decrypt(const struct buf *der, const struct identity *who, struct buf *ret)
{
    if (EVP_PKEY_is_a(who->key, "EC"))
        return decrypt_agreed(der, who, ret);
    const uint8_t *at = der->data;
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    CLEANUP(PKCS7_free_p) PKCS7 *inner = d2i_PKCS7(NULL, &at, (long)der->len);
    return inner && PKCS7_type_is_enveloped(inner) &&
           OBJ_obj2nid(inner->d.enveloped->enc_data->content_type) == NID_pkcs7_data &&
           PKCS7_decrypt(inner, who->key, who->certificate, content, PKCS7_BINARY) == 1 &&
           take(content, ret);
}

bool pki_open(const struct buf *message, const struct identity *who, bool chain,
              struct pki_request *ret)
{
    const uint8_t *at = message->data;
    CLEANUP(PKCS7_free_p) PKCS7 *outer = d2i_PKCS7(NULL, &at, (long)message->len);
    CLEANUP(BIO_free_all_p) BIO *signed_part = BIO_new(BIO_s_mem());
    autobuf envelope = {0};
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
        (chain || sk_X509_num(outer->d.sign->cert) == 1) &&
        read_attribute(info, TYPE, V_ASN1_PRINTABLESTRING, type, sizeof type - 1) &&
        read_attribute(info, TRANSACTION, V_ASN1_PRINTABLESTRING, ret->transaction,
                       sizeof ret->transaction - 1) &&
        read_attribute(info, SENDER_NONCE, V_ASN1_OCTET_STRING, ret->nonce, sizeof ret->nonce);
    ret->type = atoi(type);
    good = good && take(signed_part, &envelope) && decrypt(&envelope, who, &ret->content);
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

static bool add_fail_text(PKCS7_SIGNER_INFO *info, const char *text)
{
    return !text || add(info, FAIL_TEXT, V_ASN1_UTF8STRING, text, (int)strlen(text));
}

/* An attribute whose SET of values is empty, which no encoder of good will makes. */
static bool add_empty(PKCS7_SIGNER_INFO *info, int attribute)
{
    CLEANUP(X509_ATTRIBUTE_free_p) X509_ATTRIBUTE *empty = X509_ATTRIBUTE_new();
    if (!empty || !X509_ATTRIBUTE_set1_object(empty, OBJ_nid2obj(nid(attribute))) ||
        !sk_X509_ATTRIBUTE_push(info->auth_attr, empty))
        return false;
    empty = NULL;
    return true;
}

static bool add_status(PKCS7_SIGNER_INFO *info, const struct pki_reply *reply)
{
    if (reply->no_status)
        return true;
    return reply->empty_status ? add_empty(info, STATUS) : add_number(info, STATUS, reply->status);
}

static bool add_all(PKCS7_SIGNER_INFO *info, const struct pki_reply *reply)
{
    return add(info, TRANSACTION, V_ASN1_PRINTABLESTRING, reply->transaction,
               (int)strlen(reply->transaction)) &&
           add_number(info, TYPE, reply->type) &&
           add(info, SENDER_NONCE, V_ASN1_OCTET_STRING, "0123456789abcdef", 16) &&
           add(info, RECIPIENT_NONCE, V_ASN1_OCTET_STRING, reply->nonce, 16) &&
           add_status(info, reply) &&
           (reply->fail_info < 0 || add_number(info, FAIL, reply->fail_info)) &&
           (!reply->hresult || add_number(info, HRESULT, reply->hresult)) &&
           add_fail_text(info, reply->fail_text);
}

static void remove_signer(PKCS7 *p7)
{
    PKCS7_SIGNER_INFO_free(sk_PKCS7_SIGNER_INFO_pop(p7->d.sign->signer_info));
}

bool pki_seal(const struct pki_reply *reply, const struct identity *who, struct buf *ret)
{
    const EVP_MD *digest = reply->digest ? reply->digest : EVP_sha256();
    int flags = PKCS7_BINARY | PKCS7_PARTIAL | PKCS7_NOSMIMECAP;
    if (reply->status == 2 || reply->bare) /* as Microsoft's server does */
        flags |= PKCS7_NOCERTS;
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_sign(NULL, NULL, NULL, NULL, flags);
    PKCS7_SIGNER_INFO *info =
        p7 ? PKCS7_sign_add_signer(p7, who->certificate, who->key, digest, flags) : NULL;
    CLEANUP(BIO_free_all_p)
    BIO *content = reply->content ? bio_of(reply->content) : BIO_new_mem_buf("", 0);
    if (!info || !add_all(info, reply) || !PKCS7_final(p7, content, PKCS7_BINARY))
        return false;
    if (reply->no_signer)
        remove_signer(p7);
    /* PENDING comes with no content at all, as RFC 8894 wants it; FAILURE with an empty one, as
     * some servers do. */
    bool empty = reply->status != 3 || reply->hollow;
    return (empty || PKCS7_set_detached(p7, 1)) && take_p7(p7, ret);
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

bool pki_crl(const struct identity *issuer, bool sha1, bool expired, struct buf *ret)
{
    CLEANUP(X509_CRL_free_p) X509_CRL *crl = X509_CRL_new();
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *now = X509_gmtime_adj(NULL, expired ? -7200 : 0);
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *later = X509_gmtime_adj(NULL, expired ? -3600 : 3600);
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_new();
    return crl && now && later && p7 && X509_CRL_set_version(crl, 1) &&
           X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->certificate)) &&
           X509_CRL_set1_lastUpdate(crl, now) && X509_CRL_set1_nextUpdate(crl, later) &&
           X509_CRL_sign(crl, issuer->key, sha1 ? EVP_sha1() : EVP_sha256()) &&
           PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data) &&
           PKCS7_set_detached(p7, 1) && PKCS7_add_crl(p7, crl) && take_p7(p7, ret);
}

bool pki_sign(const struct buf *content, const struct identity *who, struct buf *ret)
{
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(PKCS7_free_p)
    PKCS7 *p7 = PKCS7_sign(who->certificate, who->key, NULL, in, PKCS7_BINARY | PKCS7_NOSMIMECAP);
    return p7 && take_p7(p7, ret);
}
