/* What a pkiMessage of ours is made of: what RFC 8894 wants, and what servers are known to trip
 * over. */
#include "scep/message.h"

#include "scep/enveloped.h"
#include "scep/signer.h"
#include "tests/scep/fixture.h"
#include "tests/scep/heap.h"
#include "tests/suite.h"

#include <string.h>

#define TRANSACTION "00FFabcdef0123456789"

/* Who asks; and the CA, whom the message is for. */
static struct signer asker, ca;

static void make_signers(void)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *name = X509_NAME_new();
    fixture_keys();
    ck_assert_int_eq(
        signer_self(fixture_key(FIXTURE_RSA_A), name, HASH_SHA256, TRANSACTION, &asker, NULL), 0);
    ck_assert_int_eq(signer_self(fixture_key(FIXTURE_RSA_B), name, HASH_SHA256, "01", &ca, NULL),
                     0);
}

static void free_signers(void)
{
    signer_free(&asker);
    signer_free(&ca);
}

static CMS_ContentInfo *build(enum hash hash, uint8_t nonce[NONCE_SIZE])
{
    autobuf content = {0}, body = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&content, "a CSR", NULL), 0);
    const struct message message = {.type = MESSAGE_PKCS_REQ,
                                    .transaction_id = TRANSACTION,
                                    .signer = &asker,
                                    .recipient = ca.certificate,
                                    .cipher = EVP_aes_128_cbc(),
                                    .hash = hash,
                                    .content = &content};
    ck_assert_msg(message_build(&message, &body, nonce, &err) == 0, "%s", err.text);
    const uint8_t *at = body.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)body.len);
    ck_assert(cms && at == body.data + body.len);
    return cms;
}

/* step-ca encrypts to every certificate that comes with a request. */
START_TEST(one_certificate_and_one_signature)
{
    uint8_t nonce[NONCE_SIZE];
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = build(HASH_SHA256, nonce);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    ck_assert_int_eq(sk_X509_num(certificates), 1);
    ck_assert_int_eq(X509_cmp(sk_X509_value(certificates, 0), asker.certificate), 0);
    ck_assert_int_eq(sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)), 1);
}
END_TEST

static CMS_SignerInfo *signer_of(CMS_ContentInfo *cms)
{
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

/* The one value of an attribute, which has to be of TYPE. */
static const ASN1_STRING *value_of(CMS_SignerInfo *info, const char *oid, int type)
{
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = CMS_signed_get_attr_by_OBJ(info, object, -1);
    ck_assert_int_ge(at, 0);
    ck_assert_int_lt(CMS_signed_get_attr_by_OBJ(info, object, at), 0);
    X509_ATTRIBUTE *attribute = CMS_signed_get_attr(info, at);
    ck_assert_int_eq(X509_ATTRIBUTE_count(attribute), 1);
    const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(attribute, 0, type, NULL);
    ck_assert_ptr_nonnull(value);
    return value;
}

START_TEST(attributes_are_what_they_should_be)
{
    uint8_t nonce[NONCE_SIZE];
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = build(HASH_SHA256, nonce);
    CMS_SignerInfo *info = signer_of(cms);
    const ASN1_STRING *id = value_of(info, OID_TRANSACTION_ID, V_ASN1_PRINTABLESTRING);
    ck_assert_int_eq(ASN1_STRING_length(id), strlen(TRANSACTION));
    ck_assert_mem_eq(ASN1_STRING_get0_data(id), TRANSACTION, strlen(TRANSACTION));
    const ASN1_STRING *type = value_of(info, OID_MESSAGE_TYPE, V_ASN1_PRINTABLESTRING);
    ck_assert_mem_eq(ASN1_STRING_get0_data(type), "19", 2);
    const ASN1_STRING *sent = value_of(info, OID_SENDER_NONCE, V_ASN1_OCTET_STRING);
    ck_assert_int_eq(ASN1_STRING_length(sent), NONCE_SIZE);
    ck_assert_mem_eq(ASN1_STRING_get0_data(sent), nonce, NONCE_SIZE);
    /* No answer's, and nothing about mail. */
    ck_assert_int_lt(CMS_signed_get_attr_by_NID(info, NID_SMIMECapabilities, -1), 0);
}
END_TEST

/* Each encoding is greater than the one before: DER's order, which the signature is over. */
START_TEST(attributes_are_in_the_order_of_der)
{
    uint8_t nonce[NONCE_SIZE];
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = build(HASH_SHA256, nonce);
    CMS_SignerInfo *info = signer_of(cms);
    autobuf before = {0};
    ck_assert_int_ge(CMS_signed_get_attr_count(info), 5);
    for (int i = 0; i < CMS_signed_get_attr_count(info); i++) {
        CLEANUP(bytes_free_p) uint8_t *der = NULL;
        int len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(info, i), &der);
        size_t common = before.len < (size_t)len ? before.len : (size_t)len;
        int order = memcmp(buf_text(&before), der, common);
        ck_assert(order < 0 || (order == 0 && before.len < (size_t)len));
        buf_clear(&before);
        ck_assert_int_eq(buf_add(&before, der, (size_t)len, NULL), 0);
    }
}
END_TEST

/* Whoever hears an old answer again knows it by that. */
START_TEST(no_nonce_comes_twice)
{
    uint8_t one[NONCE_SIZE], other[NONCE_SIZE];
    CMS_ContentInfo_free(build(HASH_SHA256, one));
    CMS_ContentInfo_free(build(HASH_SHA256, other));
    ck_assert_mem_ne(one, other, NONCE_SIZE);
}
END_TEST

static const struct {
    enum hash hash;
    int digest;
} digests[] = {{HASH_SHA1, NID_sha1},
               {HASH_SHA256, NID_sha256},
               {HASH_SHA384, NID_sha384},
               {HASH_SHA512, NID_sha512}};

/* A SignedData over an EnvelopedData over data, for one, and by RSA as PKCS #1 v1.5 has it. */
START_TEST(an_envelope_for_the_ca_alone)
{
    uint8_t nonce[NONCE_SIZE];
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = build(digests[_i].hash, nonce);
    X509_ALGOR *digest = NULL, *signature = NULL;
    CMS_SignerInfo_get0_algs(signer_of(cms), NULL, NULL, &digest, &signature);
    ck_assert_int_eq(OBJ_obj2nid(digest->algorithm), digests[_i].digest);
    ck_assert_int_eq(OBJ_obj2nid(signature->algorithm), NID_rsaEncryption);
    ck_assert_int_eq(OBJ_obj2nid(CMS_get0_type(cms)), NID_pkcs7_signed);
    ck_assert_int_eq(OBJ_obj2nid(CMS_get0_eContentType(cms)), NID_pkcs7_data);

    const ASN1_OCTET_STRING *inside = *CMS_get0_content(cms);
    const struct buf der = {.data = (uint8_t *)ASN1_STRING_get0_data(inside),
                            .len = (size_t)ASN1_STRING_length(inside)};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = enveloped_parse(&der);
    ck_assert_ptr_nonnull(envelope);
    ck_assert_int_eq(sk_RECIPIENT_num(envelope->data->recipients), 1);
    ck_assert_int_eq(OBJ_obj2nid(envelope->data->content->type), NID_pkcs7_data);
    ck_assert_int_eq(OBJ_obj2nid(envelope->data->content->cipher->algorithm), NID_aes_128_cbc);
    const KEY_TRANSPORT *transport = enveloped_transport(envelope, ca.certificate);
    ck_assert_ptr_nonnull(transport);
    ck_assert_int_eq(OBJ_obj2nid(transport->algorithm->algorithm), NID_rsaEncryption);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose heap is elsewhere */

/* There is a challenge in what goes out. Some of it is longer than any buffer on its way. */
START_TEST(what_it_holds_leaves_nothing_behind)
{
    static const size_t before[] = {0, 500, 20000};
    autobuf content = {0}, body = {0};
    uint8_t nonce[NONCE_SIZE];
    for (size_t i = 0; i < before[_i]; i++)
        ck_assert_int_eq(buf_add(&content, "x", 1, NULL), 0);
    heap_secret((unsigned)_i, &content);
    ck_assert_int_eq(heap_count((unsigned)_i), 1);
    const struct message message = {.type = MESSAGE_PKCS_REQ,
                                    .transaction_id = TRANSACTION,
                                    .signer = &asker,
                                    .recipient = ca.certificate,
                                    .cipher = EVP_aes_128_cbc(),
                                    .hash = HASH_SHA256,
                                    .content = &content};
    ck_assert_int_eq(message_build(&message, &body, nonce, NULL), 0);
    ck_assert_int_eq(heap_count((unsigned)_i), 1);
    buf_free(&content);
    ck_assert_int_eq(heap_count((unsigned)_i), 0);
}
END_TEST

#endif

Suite *message_suite(void)
{
    Suite *suite = suite_create("scep/message");
    TCase *tc = tcase_create("message");
    tcase_add_unchecked_fixture(tc, make_signers, free_signers);
    tcase_add_test(tc, one_certificate_and_one_signature);
    tcase_add_test(tc, attributes_are_what_they_should_be);
    tcase_add_test(tc, attributes_are_in_the_order_of_der);
    tcase_add_test(tc, no_nonce_comes_twice);
    tcase_add_loop_test(tc, an_envelope_for_the_ca_alone, 0, LENGTH(digests));
    suite_add_tcase(suite, tc);
#ifndef __SANITIZE_ADDRESS__
    TCase *own_heap = tcase_create("own heap");
    tcase_set_tags(own_heap, "no-valgrind"); /* whose heap is elsewhere, too */
    tcase_add_unchecked_fixture(own_heap, make_signers, free_signers);
    tcase_add_loop_test(own_heap, what_it_holds_leaves_nothing_behind, 0, 3);
    suite_add_tcase(suite, own_heap);
#endif
    return suite;
}
