/* Answers that no CA of good will sends: sealed by hand, each with one thing wrong. What goes wrong
 * at a whole enrolment is in test_client.c, what happens to bytes in test_damage.c. */
#include "scep/answer.h"

#include "scep/enveloped.h"
#include "tests/ca/issue.h"
#include "tests/ca/wrap.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

static struct identity ca;
static struct signer asker;
static STACK_OF(X509) *signers;
static const uint8_t nonce[NONCE_SIZE] = "fifteen letters";
static struct trust trust;

static void make_all(void)
{
    fixture_keys();
    ca = issue_ca("CA", true);
    signers = sk_X509_new_null();
    X509_add_cert(signers, ca.certificate, X509_ADD_FLAG_UP_REF);
    CLEANUP(X509_NAME_free_p) X509_NAME *name = X509_NAME_new();
    char id[65];
    ck_assert_int_eq(scep_transaction_id(fixture_key(FIXTURE_RSA_A), id, NULL), 0);
    ck_assert_int_eq(signer_self(fixture_key(FIXTURE_RSA_A), name, HASH_SHA256, id, &asker, NULL),
                     0);
}

static void free_all(void)
{
    x509_stack_free(signers);
    signer_free(&asker);
    identity_free(&ca);
}

static int open_content(const struct buf *content, int status, struct answer *ret, struct err *err)
{
    autobuf body = {0};
    struct pki_reply reply = {.type = 3,
                              .status = status,
                              .fail_info = -1,
                              .transaction = "abc",
                              .nonce = nonce,
                              .content = content};
    ck_assert(pki_seal(&reply, &ca, &body));
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&body);
    ck_assert_ptr_nonnull(cms);
    struct answer_frame frame = {.signers = signers,
                                 .trust = &trust,
                                 .transaction_id = "abc",
                                 .nonce = nonce,
                                 .signer = &asker};
    return answer_open(cms, &frame, ret, err);
}

static void encrypt(const void *data, size_t len, const EVP_CIPHER *cipher, X509 *to,
                    struct buf *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = sk_X509_new_null();
    X509_add_cert(recipients, to, X509_ADD_FLAG_UP_REF);
    CLEANUP(BIO_free_all_p) BIO *in = BIO_new_mem_buf(data, (int)len);
    CLEANUP(PKCS7_free_p) PKCS7 *p7 = PKCS7_encrypt(recipients, in, cipher, PKCS7_BINARY);
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int n = i2d_PKCS7(p7, &der);
    ck_assert_int_eq(buf_add(ret, der, (size_t)n, NULL), 0);
}

static void bundle(struct buf *ret)
{
    ck_assert(pki_bundle(signers, ret));
}

START_TEST(a_good_answer_opens)
{
    autobuf inner = {0}, content = {0};
    bundle(&inner);
    encrypt(inner.data, inner.len, EVP_aes_256_cbc(), asker.certificate, &content);
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_msg(open_content(&content, 0, &answer, &err) == 0, "%s", err.text);
    ck_assert_int_eq(answer.status, STATUS_SUCCESS);
    ck_assert_int_eq(sk_X509_num(answer.certificates), 1);
    ck_assert(!answer.des);
}
END_TEST

START_TEST(a_des_answer_opens_and_says_so)
{
    autobuf inner = {0}, content = {0};
    bundle(&inner);
    ck_assert(wrap_des(&inner, asker.certificate, &content));

    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(open_content(&content, 0, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "set accept-des = yes"), "%s", err.text);
    trust.strength.accept_des = true;
    trust.strength.minimum = MINIMUM_AES256_SHA256;
    ck_assert_msg(open_content(&content, 0, &answer, &err) == 0, "%s", err.text);
    ck_assert_int_eq(sk_X509_num(answer.certificates), 1);
    ck_assert(answer.des);

    /* Every byte of the ciphertext's end and of the wrapped key counts. */
    for (size_t i = 1; i < content.len; i += 97) {
        content.data[content.len - i] ^= 0x40;
        CLEANUP(answer_free) struct answer spoilt = {0};
        if (open_content(&content, 0, &spoilt, &err) == 0)
            ck_assert_int_eq(sk_X509_num(spoilt.certificates), 1);
        content.data[content.len - i] ^= 0x40;
    }
}
END_TEST

START_TEST(an_envelope_for_another_is_an_error)
{
    autobuf inner = {0}, content = {0};
    bundle(&inner);
    struct identity other = issue_ca("Other", false);
    encrypt(inner.data, inner.len, EVP_aes_128_cbc(), other.certificate, &content);
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(open_content(&content, 0, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "cannot be opened with our key") != NULL, "%s", err.text);
    identity_free(&other);
}
END_TEST

static const struct {
    const char *data;
    size_t len;
} contents[] = {{"", 0}, {"x", 1}, {"0\x00", 2}, {"0\x80\x00\x00", 4}, {"<html>", 6}};

START_TEST(envelopes_without_certificates_are_errors)
{
    autobuf content = {0}, bare = {0};
    encrypt(contents[_i].data, contents[_i].len, EVP_aes_128_cbc(), asker.certificate, &content);
    ck_assert_int_eq(buf_add(&bare, contents[_i].data, contents[_i].len, NULL), 0);
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(open_content(&content, 0, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "holds 0 certificates") != NULL, "%s", err.text);
    /* ... and what is no envelope at all. */
    ck_assert_int_eq(open_content(&bare, 0, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "has no envelope") != NULL, "%s", err.text);
}
END_TEST

/* Certificates that stand in an envelope's OriginatorInfo are none that a CA has issued. */
START_TEST(only_a_signed_data_holds_certificates)
{
    autobuf inner = {0}, outer = {0}, content = {0};
    CLEANUP(bytes_free_p) uint8_t *certificate = NULL, *der = NULL;
    encrypt("x", 1, EVP_aes_128_cbc(), asker.certificate, &inner);
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = enveloped_parse(&inner);
    int len = i2d_X509(ca.certificate, &certificate);
    uint8_t head[8], *end = head;
    ASN1_put_object(&end, 1, len, 0, V_ASN1_CONTEXT_SPECIFIC); /* certs [0] */
    ck_assert_int_eq(buf_add(&outer, head, (size_t)(end - head), NULL), 0);
    ck_assert_int_eq(buf_add(&outer, certificate, (size_t)len, NULL), 0);
    const uint8_t *at = outer.data;
    envelope->data->originator = sk_ASN1_TYPE_new_null();
    ASN1_TYPE *certs = d2i_ASN1_TYPE(NULL, &at, (long)outer.len);
    ck_assert(certs && sk_ASN1_TYPE_push(envelope->data->originator, certs));
    len = i2d_ENVELOPE(envelope, &der);
    at = der;
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, len);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *shown = CMS_get1_certs(cms);
    ck_assert_int_eq(sk_X509_num(shown), 1); /* so OpenSSL has it */

    encrypt(der, (size_t)len, EVP_aes_128_cbc(), asker.certificate, &content);
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(open_content(&content, 0, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "holds 0 certificates: its envelope holds another envelope"),
                  "%s", err.text);
}
END_TEST

START_TEST(truncated_envelopes_are_errors)
{
    autobuf inner = {0}, content = {0};
    bundle(&inner);
    encrypt(inner.data, inner.len, EVP_aes_128_cbc(), asker.certificate, &content);
    for (size_t cut = 0; cut < content.len; cut += 13) {
        CLEANUP(answer_free) struct answer answer = {0};
        struct buf part = {content.data, cut, cut};
        ck_assert_int_lt(open_content(&part, 0, &answer, NULL), 0);
        ck_assert_ptr_null(answer.certificates);
    }
}
END_TEST

/* TWICE: with two values; DOUBLED: two of it, with one value each; EMPTY: with none. */
enum place { SIGNED, UNSIGNED, TWICE, DOUBLED, EMPTY, ABSENT };

/* PENDING, which needs nothing but its attributes. */
static const struct {
    enum place nonce, transaction, status, type;
    int signers; /* 0: one, without any attributes */
    bool good;
} frames[] = {
    {SIGNED, SIGNED, SIGNED, SIGNED, 1, true},
    {UNSIGNED, SIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, UNSIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, UNSIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, SIGNED, UNSIGNED, 1, false},
    {UNSIGNED, UNSIGNED, UNSIGNED, UNSIGNED, 0, false},
    {ABSENT, SIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, ABSENT, SIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, ABSENT, SIGNED, 1, false},
    {SIGNED, SIGNED, SIGNED, ABSENT, 1, false},
    {TWICE, SIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, TWICE, SIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, TWICE, SIGNED, 1, false},
    {SIGNED, SIGNED, SIGNED, TWICE, 1, false},
    {DOUBLED, SIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, DOUBLED, SIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, DOUBLED, SIGNED, 1, false},
    {SIGNED, SIGNED, SIGNED, DOUBLED, 1, false},
    {EMPTY, SIGNED, SIGNED, SIGNED, 1, false},
    {SIGNED, EMPTY, SIGNED, SIGNED, 1, false},
    {SIGNED, SIGNED, EMPTY, SIGNED, 1, false},
    {SIGNED, SIGNED, SIGNED, EMPTY, 1, false},
    {SIGNED, SIGNED, SIGNED, SIGNED, 2, false},
};

static void add_attribute(CMS_SignerInfo *info, enum place place, const char *oid, int type,
                          const char *value)
{
    int len = (int)strlen(value) + (type == V_ASN1_OCTET_STRING); /* a nonce with its last zero */
    for (int n = place == DOUBLED ? 2 : place == SIGNED || place == TWICE; n > 0; n--)
        ck_assert(CMS_signed_add1_attr_by_txt(info, oid, type, value, len));
    if (place == TWICE) { /* a second value of the same attribute */
        ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
        X509_ATTRIBUTE *attribute =
            CMS_signed_get_attr(info, CMS_signed_get_attr_by_OBJ(info, object, -1));
        ck_assert(X509_ATTRIBUTE_set1_data(attribute, type, value, len));
        ASN1_OBJECT_free(object);
    }
    if (place == EMPTY) {
        CLEANUP(X509_ATTRIBUTE_free_p) X509_ATTRIBUTE *attribute = X509_ATTRIBUTE_new();
        CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
        ck_assert(X509_ATTRIBUTE_set1_object(attribute, object) &&
                  CMS_signed_add1_attr(info, attribute));
    }
    if (place == UNSIGNED)
        ck_assert(CMS_unsigned_add1_attr_by_txt(info, oid, type, value, len));
}

START_TEST(only_signed_attributes_count)
{
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *made = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    int n = frames[_i].signers;
    for (int i = 0; i < (n ? n : 1); i++) {
        CMS_SignerInfo *info =
            CMS_add1_signer(made, ca.certificate, ca.key, EVP_sha256(),
                            CMS_BINARY | CMS_NOSMIMECAP | CMS_NOCERTS | (n ? 0 : CMS_NOATTR));
        ck_assert_ptr_nonnull(info);
        add_attribute(info, frames[_i].nonce, OID_RECIPIENT_NONCE, V_ASN1_OCTET_STRING,
                      (const char *)nonce);
        add_attribute(info, frames[_i].transaction, OID_TRANSACTION_ID, V_ASN1_PRINTABLESTRING,
                      "abc");
        add_attribute(info, frames[_i].status, OID_PKI_STATUS, V_ASN1_PRINTABLESTRING, "3");
        add_attribute(info, frames[_i].type, OID_MESSAGE_TYPE, V_ASN1_PRINTABLESTRING, "3");
    }
    CLEANUP(BIO_free_all_p) BIO *empty = BIO_new_mem_buf("", 0);
    ck_assert(CMS_final(made, empty, NULL, CMS_BINARY));
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(made, &der);

    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    struct answer_frame frame = {.signers = signers,
                                 .trust = &trust,
                                 .transaction_id = "abc",
                                 .nonce = nonce,
                                 .signer = &asker};
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = answer_parse(&(struct buf){der, (size_t)len, (size_t)len});
    ck_assert_ptr_nonnull(cms);
    int rc = answer_open(cms, &frame, &answer, &err);
    ck_assert_msg((rc == 0) == frames[_i].good, "%s", err.text);
}
END_TEST

static const struct {
    int status;
    bool good;
} statuses[] = {{2, true}, {3, true}, {1, false}, {4, false}, {10, false}, {-1, false}};

START_TEST(only_three_statuses_exist)
{
    autobuf content = {0};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    int rc = open_content(&content, statuses[_i].status, &answer, &err);
    ck_assert_int_eq(rc == 0, statuses[_i].good);
}
END_TEST

/* What stands in a sealed answer besides a PENDING's three attributes. */
struct sealing {
    const char *status;
    int len, type; /* of status */
    const EVP_MD *digest;
    int content; /* NID */
};

static void seal(const struct sealing *sealing, struct buf *ret)
{
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *made = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    ck_assert(CMS_set1_eContentType(made, OBJ_nid2obj(sealing->content)));
    CMS_SignerInfo *info = CMS_add1_signer(made, ca.certificate, ca.key, sealing->digest,
                                           CMS_BINARY | CMS_NOSMIMECAP | CMS_NOCERTS);
    ck_assert_ptr_nonnull(info);
    add_attribute(info, SIGNED, OID_RECIPIENT_NONCE, V_ASN1_OCTET_STRING, (const char *)nonce);
    add_attribute(info, SIGNED, OID_TRANSACTION_ID, V_ASN1_PRINTABLESTRING, "abc");
    add_attribute(info, SIGNED, OID_MESSAGE_TYPE, V_ASN1_PRINTABLESTRING, "3");
    ck_assert(CMS_signed_add1_attr_by_txt(info, OID_PKI_STATUS, sealing->type, sealing->status,
                                          sealing->len));
    CLEANUP(BIO_free_all_p) BIO *empty = BIO_new_mem_buf("", 0);
    ck_assert(CMS_final(made, empty, NULL, CMS_BINARY));
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(made, &der);
    ck_assert_int_eq(buf_add(ret, der, (size_t)len, NULL), 0);
}

static int open_sealed(const struct buf *body, struct answer *ret, struct err *err)
{
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(body);
    struct answer_frame frame = {.signers = signers,
                                 .trust = &trust,
                                 .transaction_id = "abc",
                                 .nonce = nonce,
                                 .signer = &asker};
    return cms ? answer_open(cms, &frame, ret, err) : err_set(err, ERR_BUG, "not parsed");
}

static const struct {
    const char *status;
    int len, type;
    bool good;
} texts[] = {
    {"3", 1, V_ASN1_PRINTABLESTRING, true},
    {"3", 1, V_ASN1_UTF8STRING, true},
    {"3", 1, V_ASN1_IA5STRING, true},
    {"3", 1, V_ASN1_OCTET_STRING, true},
    {"3\0", 2, V_ASN1_PRINTABLESTRING, false},
    {"3\0x", 3, V_ASN1_OCTET_STRING, false},
    {"", 0, V_ASN1_PRINTABLESTRING, false},
    {"3 ", 2, V_ASN1_PRINTABLESTRING, false},
    {" 3", 2, V_ASN1_PRINTABLESTRING, false},
    {"+3", 2, V_ASN1_PRINTABLESTRING, false},
    {"PENDING", 7, V_ASN1_PRINTABLESTRING, false},
    {"0x3", 3, V_ASN1_PRINTABLESTRING, false},
    {"-3", 2, V_ASN1_PRINTABLESTRING, false},
    {"1", 1, V_ASN1_PRINTABLESTRING, false},
    {"\0003", 2, V_ASN1_BMPSTRING, false},
    {"4294967299", 10, V_ASN1_PRINTABLESTRING, false},
};

START_TEST(a_status_is_a_number_in_letters)
{
    const struct sealing sealing = {texts[_i].status, texts[_i].len, texts[_i].type, EVP_sha256(),
                                    NID_pkcs7_data};
    autobuf body = {0};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    seal(&sealing, &body);
    int rc = open_sealed(&body, &answer, &err);
    ck_assert_msg((rc == 0) == texts[_i].good, "%s", err.text);
    if (!texts[_i].good)
        ck_assert_msg(rc == -ERR_CONFIG && strstr(err.text, "pkiStatus"), "%s", err.text);
}
END_TEST

static const struct {
    const char *digest;
    enum minimum_crypto minimum;
    const char *text; /* of the error; NULL: none */
} sealed_with[] = {
    {"SHA256", MINIMUM_AES256_SHA256, NULL},
    {"SHA512", MINIMUM_AES256_SHA256, NULL},
    {"SHA1", MINIMUM_DES3_SHA1, NULL},
    {"SHA1", MINIMUM_DES3_SHA256, "the answer is signed with SHA-1, which is weaker"},
    {"SHA1", MINIMUM_AES256_SHA256, "minimum-crypto = aes256-sha256"},
};

START_TEST(answers_are_signed_well_enough)
{
    const struct sealing sealing = {"3", 1, V_ASN1_PRINTABLESTRING,
                                    EVP_get_digestbyname(sealed_with[_i].digest), NID_pkcs7_data};
    autobuf body = {0};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    seal(&sealing, &body);
    trust.strength.minimum = sealed_with[_i].minimum;
    int rc = open_sealed(&body, &answer, &err);
    if (sealed_with[_i].text)
        ck_assert_msg(rc == -ERR_CONFIG && strstr(err.text, sealed_with[_i].text), "%s", err.text);
    else
        ck_assert_msg(rc == 0, "%s", err.text);
}
END_TEST

/* An EC key signs no MD5: an RSA key does. */
START_TEST(nothing_lets_md5_pass)
{
    struct identity rsa = issue_ca("MD5", false);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *its = sk_X509_new_null();
    X509_add_cert(its, rsa.certificate, X509_ADD_FLAG_UP_REF);
    struct identity usual = ca;
    ca = rsa;
    const struct sealing sealing = {"3", 1, V_ASN1_PRINTABLESTRING, EVP_md5(), NID_pkcs7_data};
    autobuf body = {0};
    seal(&sealing, &body);
    ca = usual;
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&body);
    struct answer_frame frame = {
        .signers = its, .trust = &trust, .transaction_id = "abc", .nonce = nonce, .signer = &asker};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(answer_open(cms, &frame, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "signed with md5, which is accepted nowhere"), "%s", err.text);
    identity_free(&rsa);
}
END_TEST

static const struct {
    int content;
    const char *tail;
    size_t tail_len;
    bool good;
} bodies[] = {
    {NID_pkcs7_data, "", 0, true},         {NID_pkcs7_data, "\r\n", 2, true}, /* a web server's */
    {NID_pkcs7_data, "\0", 1, false},      {NID_pkcs7_data, "x", 1, false},
    {NID_pkcs7_data, "\n0\x80", 3, false}, {NID_pkcs7_enveloped, "", 0, false},
    {NID_pkcs7_signed, "", 0, false},      {NID_id_smime_ct_TSTInfo, "", 0, false},
};

START_TEST(an_answer_is_signed_data_and_nothing_else)
{
    const struct sealing sealing = {"3", 1, V_ASN1_PRINTABLESTRING, EVP_sha256(),
                                    bodies[_i].content};
    autobuf body = {0};
    seal(&sealing, &body);
    buf_add(&body, bodies[_i].tail, bodies[_i].tail_len, NULL);
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&body);
    ck_assert((cms != NULL) == bodies[_i].good);
}
END_TEST

/* Certificates alone, signed by nobody. */
START_TEST(a_degenerate_answer_says_nothing)
{
    autobuf body = {0};
    bundle(&body);
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(open_sealed(&body, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "nobody has signed the answer"), "%s", err.text);
}
END_TEST

/* Who signed it stands in GetCACert's answer, and is not believed. */
START_TEST(a_signer_that_is_shown_and_not_trusted_is_named)
{
    struct identity other = issue_ca("Shown", true);
    CLEANUP(x509_stack_free_p)
    STACK_OF(X509) *given = sk_X509_new_null(), *roots = sk_X509_new_null();
    X509_add_cert(given, other.certificate, X509_ADD_FLAG_UP_REF);
    X509_add_cert(roots, ca.certificate, X509_ADD_FLAG_UP_REF);
    const struct trust under = {.roots = roots};
    struct pki_reply reply = {
        .type = 3, .status = 3, .fail_info = -1, .transaction = "abc", .nonce = nonce};
    autobuf body = {0};
    ck_assert(pki_seal(&reply, &other, &body));
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&body);
    struct answer_frame frame = {.signers = signers,
                                 .given = given,
                                 .trust = &under,
                                 .transaction_id = "abc",
                                 .nonce = nonce,
                                 .signer = &asker};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    ck_assert_int_eq(answer_open(cms, &frame, &answer, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "the answer's signer: the profile's root does not vouch for "
                                   "certificate \"CN=Shown\""),
                  "%s", err.text);
    identity_free(&other);
}
END_TEST

Suite *answer_suite(void)
{
    Suite *suite = suite_create("scep/answer");
    TCase *tc = tcase_create("answer");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_test(tc, a_good_answer_opens);
    tcase_add_test(tc, a_des_answer_opens_and_says_so);
    tcase_add_test(tc, an_envelope_for_another_is_an_error);
    tcase_add_loop_test(tc, envelopes_without_certificates_are_errors, 0, LENGTH(contents));
    tcase_add_test(tc, only_a_signed_data_holds_certificates);
    tcase_add_test(tc, truncated_envelopes_are_errors);
    tcase_add_loop_test(tc, only_signed_attributes_count, 0, LENGTH(frames));
    tcase_add_loop_test(tc, only_three_statuses_exist, 0, LENGTH(statuses));
    tcase_add_loop_test(tc, a_status_is_a_number_in_letters, 0, LENGTH(texts));
    tcase_add_loop_test(tc, answers_are_signed_well_enough, 0, LENGTH(sealed_with));
    tcase_add_test(tc, nothing_lets_md5_pass);
    tcase_add_loop_test(tc, an_answer_is_signed_data_and_nothing_else, 0, LENGTH(bodies));
    tcase_add_test(tc, a_degenerate_answer_says_nothing);
    tcase_add_test(tc, a_signer_that_is_shown_and_not_trusted_is_named);
    suite_add_tcase(suite, tc);
    return suite;
}
