/* To whom messages are encrypted, and how: read with the eyes of scep/enveloped, opened with
 * OpenSSL's CMS. The rest of a message is what the test CA looks at. */
#include "scep/message.h"

#include "scep/caps.h"
#include "scep/enveloped.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

static struct signer asker;
static const char transaction[] = "0011223344556677889900112233445566";

static void make_all(void)
{
    fixture_keys();
    CLEANUP(X509_NAME_free_p) X509_NAME *name = X509_NAME_new();
    ck_assert_int_eq(
        signer_self(fixture_key(FIXTURE_RSA_A), name, HASH_SHA256, transaction, &asker, NULL), 0);
}

static void free_all(void)
{
    signer_free(&asker);
}

/* A recipient called "RA". */
static void make_recipient(EVP_PKEY *key, struct signer *ret)
{
    CLEANUP(X509_free_p) X509 *made = X509_new();
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    ck_assert(X509_set_version(made, X509_VERSION_3) &&
              ASN1_INTEGER_set(X509_get_serialNumber(made), 7) &&
              X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                                         (const uint8_t *)"RA", -1, -1, 0) &&
              X509_set_issuer_name(made, X509_get_subject_name(made)) &&
              X509_gmtime_adj(X509_getm_notBefore(made), -60) &&
              X509_gmtime_adj(X509_getm_notAfter(made), 3600) && X509_set_pubkey(made, key) &&
              X509_sign(made, key, digest));
    *ret = (struct signer){.certificate = steal(&made), .key = key};
}

static int build(X509 *recipient, const EVP_CIPHER *cipher, enum hash hash, struct buf *ret,
                 struct err *err)
{
    autobuf content = {0};
    uint8_t nonce[NONCE_SIZE];
    ck_assert_int_eq(buf_add_text(&content, "a request", NULL), 0);
    const struct message message = {.type = MESSAGE_PKCS_REQ,
                                    .transaction_id = transaction,
                                    .signer = &asker,
                                    .recipient = recipient,
                                    .cipher = cipher,
                                    .hash = hash,
                                    .content = &content};
    return message_build(&message, ret, nonce, err);
}

/* The envelope in a message. */
static void take_envelope(const struct buf *message, struct buf *ret)
{
    const uint8_t *at = message->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)message->len);
    ck_assert_ptr_nonnull(cms);
    const ASN1_OCTET_STRING *content = *CMS_get0_content(cms);
    ck_assert_int_eq(buf_add(ret, content->data, (size_t)content->length, NULL), 0);
}

static void check_opens(const struct buf *envelope, const struct signer *recipient)
{
    const uint8_t *at = envelope->data;
    char *data;
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)envelope->len);
    ck_assert_int_eq(
        CMS_decrypt(cms, recipient->key, recipient->certificate, NULL, out, CMS_BINARY), 1);
    ck_assert_int_eq(BIO_get_mem_data(out, &data), strlen("a request"));
    ck_assert_mem_eq(data, "a request", strlen("a request"));
}

static const struct {
    const char *curve;
    const char *cipher;
    enum hash hash;
    int scheme, wrap;
} agreements[] = {
    {"P-256", "DES-EDE3-CBC", HASH_SHA1, NID_dhSinglePass_stdDH_sha1kdf_scheme,
     NID_id_smime_alg_CMS3DESwrap},
    {"P-256", "AES-128-CBC", HASH_SHA1, NID_dhSinglePass_stdDH_sha1kdf_scheme, NID_id_aes128_wrap},
    {"P-256", "AES-128-CBC", HASH_SHA256, NID_dhSinglePass_stdDH_sha256kdf_scheme,
     NID_id_aes128_wrap},
    {"P-384", "AES-256-CBC", HASH_SHA256, NID_dhSinglePass_stdDH_sha256kdf_scheme,
     NID_id_aes256_wrap},
    {"P-521", "AES-256-CBC", HASH_SHA512, NID_dhSinglePass_stdDH_sha512kdf_scheme,
     NID_id_aes256_wrap},
};

START_TEST(an_ec_key_is_agreed_with)
{
    struct signer recipient;
    autobuf message = {0}, envelope = {0};
    struct err err = {0};
    make_recipient(EVP_PKEY_Q_keygen(NULL, NULL, "EC", agreements[_i].curve), &recipient);
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(agreements[_i].cipher);
    int rc = build(recipient.certificate, cipher, agreements[_i].hash, &message, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    take_envelope(&message, &envelope);
    check_opens(&envelope, &recipient);

    CLEANUP(ENVELOPE_free_p) ENVELOPE *parsed = enveloped_parse(&envelope);
    const KEY_AGREEMENT *agreement = NULL;
    ck_assert_ptr_nonnull(enveloped_agreed(parsed, recipient.certificate, &agreement));
    ck_assert_int_eq(OBJ_obj2nid(agreement->scheme->algorithm), agreements[_i].scheme);
    ck_assert_int_eq(agreement->scheme->parameter->type, V_ASN1_SEQUENCE);
    CLEANUP(X509_ALGOR_free_p)
    X509_ALGOR *wrap =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), agreement->scheme->parameter);
    ck_assert_int_eq(OBJ_obj2nid(wrap->algorithm), agreements[_i].wrap);
    ck_assert_int_eq(OBJ_obj2nid(parsed->data->content->cipher->algorithm),
                     EVP_CIPHER_get_nid(cipher));
    ck_assert_int_eq(OBJ_obj2nid(parsed->data->content->type), NID_pkcs7_data);
    signer_free(&recipient);
}
END_TEST

START_TEST(an_rsa_key_is_sent_one)
{
    struct signer recipient;
    autobuf message = {0}, envelope = {0};
    make_recipient(fixture_key(FIXTURE_RSA_B), &recipient);
    ck_assert_int_eq(build(recipient.certificate, EVP_aes_128_cbc(), HASH_SHA256, &message, NULL),
                     0);
    take_envelope(&message, &envelope);
    check_opens(&envelope, &recipient);
    CLEANUP(ENVELOPE_free_p) ENVELOPE *parsed = enveloped_parse(&envelope);
    const KEY_TRANSPORT *transport = enveloped_transport(parsed, recipient.certificate);
    ck_assert_ptr_nonnull(transport);
    ck_assert_int_eq(OBJ_obj2nid(transport->algorithm->algorithm), NID_rsaEncryption);
    X509_free(recipient.certificate);
}
END_TEST

START_TEST(who_can_have_neither_is_named)
{
    struct signer recipient;
    autobuf message = {0};
    struct err err = {0};
    make_recipient(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &recipient);
    ck_assert_int_eq(build(recipient.certificate, EVP_aes_128_cbc(), HASH_SHA256, &message, &err),
                     -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "certificate \"CN=RA\"") &&
                      strstr(err.text, "its key is ED25519, neither RSA nor EC"),
                  "%s", err.text);
    ck_assert_uint_eq(message.len, 0);
    signer_free(&recipient);
}
END_TEST

Suite *recipient_suite(void)
{
    Suite *suite = suite_create("scep/message, recipients");
    TCase *tc = tcase_create("recipients");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, an_ec_key_is_agreed_with, 0, LENGTH(agreements));
    tcase_add_test(tc, an_rsa_key_is_sent_one);
    tcase_add_test(tc, who_can_have_neither_is_named);
    suite_add_tcase(suite, tc);
    return suite;
}
