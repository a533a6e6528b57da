#include "tests/ca/agree.h"

#include <string.h>

bool agree_rules(const struct rules *rules, struct agree *ret)
{
    static const struct {
        int bits;
        const char *name;
    } digests[] = {{1, "SHA1"}, {224, "SHA224"}, {256, "SHA256"}, {384, "SHA384"}, {512, "SHA512"}};
    const struct rule *rule = rules_find(rules, ON_PKI, DO_AGREEMENT);
    *ret = (struct agree){
        .by_key_id = rules_find(rules, ON_PKI, DO_BY_KEY_ID),
        .wrap = rule ? rule->number % 1000 : 0,
        .cofactor = rules_find(rules, ON_PKI, DO_COFACTOR),
        .mqv = rules_find(rules, ON_PKI, DO_MQV),
        .padded_wrap = rules_find(rules, ON_PKI, DO_PADDED_WRAP),
    };
    for (size_t i = 0; rule && i < LENGTH(digests); i++)
        if (digests[i].bits == rule->number / 1000)
            ret->digest = digests[i].name;
    return rule || ret->by_key_id || ret->cofactor || ret->mqv || ret->padded_wrap;
}

static bool set_up(CMS_RecipientInfo *info, const struct agree *how)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(info);
    EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_kari_get0_ctx(info);
    const EVP_CIPHER *cipher = how->wrap == 168   ? EVP_des_ede3_wrap()
                               : how->wrap == 192 ? EVP_aes_192_wrap()
                               : how->wrap == 256 ? EVP_aes_256_wrap()
                                                  : EVP_aes_128_wrap();
    const EVP_MD *digest = EVP_get_digestbyname(how->digest ? how->digest : "SHA1");
    if (!context || !wrap || !digest)
        return false;
    EVP_CIPHER_CTX_set_flags(wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, how->cofactor) > 0 &&
           EVP_PKEY_CTX_set_ecdh_kdf_md(context, digest) > 0 &&
           EVP_EncryptInit_ex(wrap, cipher, NULL, NULL, NULL);
}

/* Both object identifiers have LEN bytes. What was made with the one, which nothing is for RSA
 * keys, is called the other. */
static void rename_algorithm(struct buf *der, const char *from, const char *to, size_t len)
{
    uint8_t *at = memmem(der->data, der->len, from, len);
    if (at)
        memcpy(at, to, len);
}

/* As what nobody makes here. */
static void disguise(struct buf *der, const struct agree *how)
{
    /* dhSinglePass-stdDH-sha1kdf-scheme, mqvSinglePass-sha1kdf-scheme */
    static const char ecdh[] = "\x2b\x81\x05\x10\x86\x48\x3f\0\2",
                      mqv[] = "\x2b\x81\x05\x10\x86\x48\x3f\0\x10";
    /* id-aes128-wrap, id-aes128-wrap-pad */
    static const char wrap[] = "\x60\x86\x48\1\x65\3\4\1\5",
                      padded[] = "\x60\x86\x48\1\x65\3\4\1\x08";
    if (how->mqv)
        rename_algorithm(der, ecdh, mqv, sizeof ecdh - 1);
    if (how->padded_wrap)
        rename_algorithm(der, wrap, padded, sizeof wrap - 1);
}

bool agree_wrap(const struct buf *content, STACK_OF(X509) *to, const struct agree *how,
                struct buf *ret)
{
    CLEANUP(BIO_free_all_p) BIO *in = bio_of(content);
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_128_cbc(), CMS_BINARY | CMS_PARTIAL);
    for (int i = 0; cms && i < sk_X509_num(to); i++) {
        CMS_RecipientInfo *info = CMS_add1_recipient_cert(
            cms, sk_X509_value(to, i), CMS_KEY_PARAM | (how->by_key_id ? CMS_USE_KEYID : 0));
        if (!info || (CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE && !set_up(info, how)))
            return false;
    }
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = cms && CMS_final(cms, in, NULL, CMS_BINARY) ? i2d_CMS_ContentInfo(cms, &der) : -1;
    size_t before = ret->len;
    if (len < 0 || buf_add(ret, der, (size_t)len, NULL) < 0)
        return false;
    disguise(&(struct buf){ret->data + before, (size_t)len, (size_t)len}, how);
    return true;
}
