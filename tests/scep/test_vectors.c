/* A message of every kind that the openssl command made (tests/scep/vectors/make), opened here:
 * what servers send by us, what clients send by the tests' own CA. And what is made here, opened by
 * that command. */
#include "scep/answer.h"
#include "scep/authority.h"
#include "scep/csr.h"
#include "scep/envelope.h"
#include "scep/rollover.h"

#include "base/proc.h"
#include "tests/ca/pki.h"
#include "tests/scep/fixture.h"
#include "tests/top.h"

#include <string.h>

#define FOLDER      "tests/scep/vectors/"
#define TRANSACTION "0123456789ABCDEF"

static const uint8_t nonce[NONCE_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void read_vector(const char *name, const char *suffix, struct buf *ret)
{
    autofree char *path = text_format(FOLDER "%s.%s", name, suffix);
    top_read(path, ret);
}

static X509 *read_certificate(const char *name)
{
    autobuf pem = {0};
    X509 *certificate = NULL;
    read_vector(name, "crt", &pem);
    ck_assert_int_eq(certificate_from_pem(&pem, &certificate, NULL), 0);
    return certificate;
}

static void read_signer(const char *name, struct signer *ret)
{
    autobuf pem = {0};
    read_vector(name, "key", &pem);
    ck_assert_int_eq(key_from_pem(&pem, &ret->key, NULL), 0);
    ret->certificate = read_certificate(name);
}

static const struct {
    const char *name, *key;
    enum minimum_crypto minimum;
    bool des;
} envelopes[] = {
    {"rsa-aes128", "rsa", MINIMUM_AES128_SHA256, false},
    {"rsa-aes192", "rsa", MINIMUM_AES128_SHA256, false},
    {"rsa-aes256", "rsa", MINIMUM_AES256_SHA256, false},
    {"rsa-des3", "rsa", MINIMUM_DES3_SHA256, false},
    {"rsa-des", "rsa", MINIMUM_AES256_SHA256, true},
    {"rsa-stream", "rsa", MINIMUM_AES128_SHA256, false},
    {"rsa-keyid", "rsa", MINIMUM_AES128_SHA256, false},
    {"rsa-oaep", "rsa", MINIMUM_AES128_SHA256, false},
    {"p256-aes128", "p256", MINIMUM_AES128_SHA256, false},
    {"p256-des3", "p256", MINIMUM_DES3_SHA1, false},
    {"p256-stream", "p256", MINIMUM_AES128_SHA256, false},
    {"p256-sha256", "p256", MINIMUM_AES128_SHA256, false},
    {"p256-among", "p256", MINIMUM_AES256_SHA256, false},
    {"p256-among", "p521", MINIMUM_AES256_SHA256, false},
    {"p256-among", "rsa", MINIMUM_AES256_SHA256, false},
    {"p384-aes192", "p384", MINIMUM_AES128_SHA256, false},
    {"p384-keyid", "p384", MINIMUM_AES256_SHA256, false},
    {"p384-sha384", "p384", MINIMUM_AES256_SHA256, false},
    {"p521-aes256", "p521", MINIMUM_AES256_SHA256, false},
    {"p521-cofactor", "p521", MINIMUM_AES256_SHA256, false},
};

START_TEST(an_envelope_of_openssl_opens)
{
    const struct strength strength = {envelopes[_i].minimum, envelopes[_i].des};
    CLEANUP(signer_free) struct signer signer = {0};
    autobuf der = {0}, expected = {0}, opened = {0};
    struct err err = {0};
    struct envelope_marks marks;
    read_signer(envelopes[_i].key, &signer);
    read_vector(envelopes[_i].name, "der", &der);
    read_vector("content", "der", &expected);
    ck_assert_msg(envelope_open(&der, &signer, &strength, &opened, &marks, &err) == 0, "%s: %s",
                  envelopes[_i].name, err.text);
    ck_assert_uint_eq(opened.len, expected.len);
    ck_assert_mem_eq(opened.data, expected.data, expected.len);
    ck_assert_int_eq(marks.des, envelopes[_i].des);
}
END_TEST

/* None is opened by another's key. */
START_TEST(and_for_nobody_else)
{
    static const char *const keys[] = {"rsa", "p256", "p384", "p521"};
    const struct strength strength = {MINIMUM_DES3_SHA1, true};
    autobuf der = {0};
    read_vector(envelopes[_i].name, "der", &der);
    for (size_t i = 0; i < LENGTH(keys); i++) {
        CLEANUP(signer_free) struct signer signer = {0};
        autobuf opened = {0};
        struct envelope_marks marks;
        bool its = strcmp(keys[i], envelopes[_i].key) == 0 ||
                   (strcmp(envelopes[_i].name, "p256-among") == 0 && strcmp(keys[i], "p384") != 0);
        read_signer(keys[i], &signer);
        ck_assert_int_eq(envelope_open(&der, &signer, &strength, &opened, &marks, NULL) == 0, its);
        ck_assert(its || opened.len == 0);
    }
}
END_TEST

static const struct {
    const char *name, *key;
    enum pki_status status;
    enum err_class class;
    const char *reason; /* a part of it */
    enum minimum_crypto minimum;
    int certificates, crls; /* in it */
} answers[] = {
    {"success", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 2, 0},
    {"success-ec", "p256", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 2, 0},
    {"success-stream", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 2, 0},
    {"success-sha1", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_DES3_SHA1, 2, 0},
    {"success-sha384", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 2, 0},
    {"success-sha512", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 2, 0},
    {"certificate", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES128_SHA256, 1, 0}, /* to GetCert */
    {"crl", "rsa", STATUS_SUCCESS, 0, "", MINIMUM_AES256_SHA256, 0, 1},         /* to GetCRL */
    {"pending", "rsa", STATUS_PENDING, 0, "", MINIMUM_AES128_SHA256, 0, 0},
    {"pending-hollow", "rsa", STATUS_PENDING, 0, "", MINIMUM_AES128_SHA256, 0, 0},
    {"failure", "rsa", STATUS_FAILURE, ERR_DENIED, "who are you", MINIMUM_AES128_SHA256, 0, 0},
    {"failure-time", "rsa", STATUS_FAILURE, ERR_RETRY, "badTime", MINIMUM_AES128_SHA256, 0, 0},
    {"failure-ndes", "rsa", STATUS_FAILURE, ERR_DENIED, "0x80070057", MINIMUM_AES128_SHA256, 0, 0},
};

static int open_answer(int row, enum minimum_crypto minimum, const char *transaction,
                       const uint8_t its_nonce[NONCE_SIZE], struct answer *ret, struct err *err)
{
    const struct trust trust = {.strength = {.minimum = minimum}};
    CLEANUP(signer_free) struct signer signer = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *signers = sk_X509_new_null();
    autobuf der = {0};
    read_signer(answers[row].key, &signer);
    read_vector(answers[row].name, "der", &der);
    ck_assert(X509_add_cert(signers, read_certificate("ca"), 0));
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&der);
    ck_assert_ptr_nonnull(cms);
    const struct answer_frame frame = {.signers = signers,
                                       .trust = &trust,
                                       .transaction_id = transaction,
                                       .nonce = its_nonce,
                                       .signer = &signer};
    return answer_open(cms, &frame, ret, err);
}

START_TEST(an_answer_of_openssl_says_what_it_should)
{
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    int rc = open_answer(_i, answers[_i].minimum, TRANSACTION, nonce, &answer, &err);
    ck_assert_msg(rc == 0, "%s: %s", answers[_i].name, err.text);
    ck_assert_int_eq(answer.status, answers[_i].status);
    if (answer.status == STATUS_FAILURE)
        ck_assert_int_eq(answer.class, answers[_i].class);
    ck_assert_msg(strstr(buf_text(&answer.reason), answers[_i].reason), "%s",
                  buf_text(&answer.reason));
    if (answer.status != STATUS_SUCCESS)
        return;
    CLEANUP(X509_free_p) X509 *leaf = read_certificate("rsa");
    CLEANUP(X509_free_p) X509 *ca = read_certificate("ca");
    ck_assert_int_eq(answer.certificates ? sk_X509_num(answer.certificates) : 0,
                     answers[_i].certificates);
    ck_assert_int_eq(answer.crls ? sk_X509_CRL_num(answer.crls) : 0, answers[_i].crls);
    if (answers[_i].certificates > 0)
        ck_assert_int_eq(X509_cmp(sk_X509_value(answer.certificates, 0), leaf), 0);
    if (answers[_i].certificates > 1)
        ck_assert_int_eq(X509_cmp(sk_X509_value(answer.certificates, 1), ca), 0);
    if (answers[_i].crls > 0)
        ck_assert_int_eq(X509_CRL_verify(sk_X509_CRL_value(answer.crls, 0), X509_get0_pubkey(ca)),
                         1);
}
END_TEST

/* As weak as it is, and no weaker. */
START_TEST(sha1_only_where_a_profile_says_so)
{
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    int row = 0;
    while (strcmp(answers[row].name, "success-sha1") != 0)
        row++;
    ck_assert_int_lt(open_answer(row, MINIMUM_DES3_SHA256, TRANSACTION, nonce, &answer, &err), 0);
    ck_assert_msg(strstr(err.text, "signed with SHA-1"), "%s", err.text);
}
END_TEST

START_TEST(and_to_nothing_else)
{
    static const uint8_t other[NONCE_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14};
    CLEANUP(answer_free) struct answer answer = {0};
    enum minimum_crypto minimum = answers[_i].minimum;
    ck_assert_int_lt(open_answer(_i, minimum, TRANSACTION, other, &answer, NULL), 0);
    ck_assert_int_lt(open_answer(_i, minimum, "0123456789abcdef", nonce, &answer, NULL), 0);
    ck_assert_int_lt(open_answer(_i, minimum, "0123456789ABCDE", nonce, &answer, NULL), 0);
}
END_TEST

/* GetCACert: certs only, which nobody signed; and one certificate alone. */
START_TEST(a_ca_of_openssl_is_read)
{
    autobuf der = {0};
    CLEANUP(X509_free_p) X509 *leaf = read_certificate("rsa"), *ca = read_certificate("ca");
    read_vector("content", "der", &der);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *both = authority_parse(&der), *one = NULL;
    ck_assert_int_eq(sk_X509_num(both), 2);
    ck_assert_int_eq(X509_cmp(sk_X509_value(both, 0), leaf), 0);
    ck_assert_int_eq(X509_cmp(sk_X509_value(both, 1), ca), 0);
    CLEANUP(bytes_free_p) uint8_t *bytes = NULL;
    int len = i2d_X509(ca, &bytes);
    buf_clear(&der);
    ck_assert_int_eq(buf_add(&der, bytes, (size_t)len, NULL), 0);
    one = authority_parse(&der);
    ck_assert_int_eq(sk_X509_num(one), 1);
    ck_assert_int_eq(X509_cmp(sk_X509_value(one, 0), ca), 0);
}
END_TEST

/* GetNextCACert: certs only in what the present CA has signed. */
START_TEST(the_next_ca_of_openssl_is_read)
{
    const struct strength strength = {.minimum = MINIMUM_AES256_SHA256};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *cas = sk_X509_new_null(), *found = NULL;
    CLEANUP(X509_free_p) X509 *next = read_certificate("next");
    autobuf der = {0};
    struct err err = {0};
    ck_assert(X509_add_cert(cas, read_certificate("ca"), 0));
    read_vector("next", "der", &der);
    ck_assert_msg(rollover_open(&der, cas, &strength, &found, &err) == 0, "%s", err.text);
    ck_assert_int_eq(sk_X509_num(found), 2);
    ck_assert_int_eq(X509_cmp(sk_X509_value(found, 0), sk_X509_value(cas, 0)), 0);
    ck_assert_int_eq(X509_cmp(sk_X509_value(found, 1), next), 0);
}
END_TEST

/* What is asked about, where it is no CSR: both as `make` has it, by the same CA. */
static void put_question(enum message_type type, struct buf *ret)
{
    CLEANUP(X509_free_p) X509 *ca = read_certificate("ca"), *leaf = read_certificate("rsa");
    const X509_NAME *issuer = X509_get_subject_name(ca);
    int rc = type == MESSAGE_CERT_POLL
                 ? message_issuer_and_subject(issuer, X509_get_subject_name(leaf), ret, NULL)
                 : message_issuer_and_serial(issuer, X509_get0_serialNumber(leaf), ret, NULL);
    ck_assert_int_eq(rc, 0);
}

static bool has_csr(enum message_type type)
{
    return type == MESSAGE_PKCS_REQ || type == MESSAGE_RENEWAL_REQ;
}

static const struct {
    const char *name;
    enum message_type type;
} received[] = {
    {"request", MESSAGE_PKCS_REQ},  {"renewal", MESSAGE_RENEWAL_REQ}, {"poll", MESSAGE_CERT_POLL},
    {"get-cert", MESSAGE_GET_CERT}, {"get-crl", MESSAGE_GET_CRL},
};

/* By the CA that all other tests ask. */
START_TEST(a_request_of_openssl_is_read)
{
    CLEANUP(signer_free) struct signer rsa = {0};
    CLEANUP(pki_request_free) struct pki_request request = {0};
    autobuf der = {0}, expected = {0};
    read_signer("rsa", &rsa);
    read_vector(received[_i].name, "der", &der);
    const struct identity who = {rsa.certificate, rsa.key};
    ck_assert(pki_open(&der, &who, false, &request));
    ck_assert_int_eq(request.type, received[_i].type);
    ck_assert_str_eq(request.transaction, TRANSACTION);
    ck_assert_mem_eq(request.nonce, nonce, sizeof nonce);
    ck_assert_int_eq(X509_cmp(request.signer, rsa.certificate), 0);
    if (!has_csr(received[_i].type)) {
        put_question(received[_i].type, &expected);
        ck_assert(buf_equal(&request.content, &expected));
        return;
    }
    const uint8_t *at = request.content.data;
    CLEANUP(X509_REQ_free_p)
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)request.content.len);
    ck_assert(csr && X509_REQ_verify(csr, rsa.key) == 1);
    ck_assert_int_ge(X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1), 0);
}
END_TEST

/* A message built here: who signs it, and how. */
static const struct {
    const char *signer;
    const EVP_CIPHER *(*cipher)(void);
    enum hash hash;
    enum message_type type;
} requests[] = {
    {"rsa", EVP_aes_128_cbc, HASH_SHA256, MESSAGE_PKCS_REQ},
    {"rsa", EVP_aes_256_cbc, HASH_SHA512, MESSAGE_RENEWAL_REQ},
    {"rsa", EVP_des_ede3_cbc, HASH_SHA1, MESSAGE_PKCS_REQ},
    {"p256", EVP_aes_128_cbc, HASH_SHA256, MESSAGE_RENEWAL_REQ},
    {"p384", EVP_aes_256_cbc, HASH_SHA384, MESSAGE_RENEWAL_REQ},
    {"p521", EVP_aes_256_cbc, HASH_SHA512, MESSAGE_RENEWAL_REQ},
    {"rsa", EVP_aes_128_cbc, HASH_SHA256, MESSAGE_CERT_POLL},
    {"rsa", EVP_des_ede3_cbc, HASH_SHA1, MESSAGE_CERT_POLL},
    {"p256", EVP_aes_256_cbc, HASH_SHA512, MESSAGE_CERT_POLL},
    {"rsa", EVP_aes_128_cbc, HASH_SHA256, MESSAGE_GET_CERT},
    {"p384", EVP_aes_256_cbc, HASH_SHA384, MESSAGE_GET_CERT},
    {"rsa", EVP_aes_256_cbc, HASH_SHA512, MESSAGE_GET_CRL},
    {"p521", EVP_des_ede3_cbc, HASH_SHA256, MESSAGE_GET_CRL},
};

/* The openssl command with these words behind it, over INPUT; a NULL ends them. That all went well
 * it says where nobody needs to hear it. */
static void openssl(const struct buf *input, struct buf *ret, const char *const *words)
{
    char *argv[24] = {(char *)"/bin/sh", (char *)"-c", (char *)"exec openssl \"$@\" 2>/dev/null",
                      (char *)"openssl"};
    struct err err = {0};
    int status = -1;
    for (size_t i = 0; words[i]; i++)
        argv[i + 4] = (char *)words[i];
    int rc = proc_run(argv, input, 1 << 20, PATIENCE, ret, &status, &err);
    ck_assert_msg(rc == 0 && status == 0, "openssl %s: status %d %s", words[0], status, err.text);
}
#define OPENSSL_RUN(input, ret, ...) openssl(input, ret, (const char *const[]){__VA_ARGS__, NULL})

static void expect_words(const struct buf *text, const char *const *words)
{
    for (; *words; words++)
        ck_assert_msg(strstr(buf_text(text), *words), "%s is not in %s", *words, buf_text(text));
}

static void put_csr(EVP_PKEY *key, struct buf *ret)
{
    struct request request;
    autobuf challenge = {0};
    fixture_request(&request);
    buf_add_text(&challenge, "open sesame", NULL);
    ck_assert_int_eq(csr_build(key, &request, HASH_SHA256, &challenge, ret, NULL), 0);
    fixture_request_free(&request);
}

/* What the command makes of what stands in the message. */
static void expect_content(enum message_type type, const struct buf *content)
{
    autobuf shown = {0};
    if (has_csr(type)) {
        OPENSSL_RUN(content, &shown, "req", "-verify", "-noout", "-text", "-inform", "DER");
        expect_words(&shown, (const char *const[]){"CN = alice", "challengePassword", "open sesame",
                                                   "email:alice@example.com", NULL});
        return;
    }
    OPENSSL_RUN(content, &shown, "asn1parse", "-inform", "DER");
    expect_words(&shown,
                 (const char *const[]){"UTF8STRING        :Vector ca",
                                       type == MESSAGE_CERT_POLL ? "UTF8STRING        :Vector rsa"
                                                                 : "INTEGER           :02",
                                       NULL});
}

START_TEST(openssl_opens_what_is_made_here)
{
    CLEANUP(signer_free) struct signer signer = {0}, ca = {0};
    autobuf inside = {0}, message = {0}, envelope = {0}, content = {0}, listed = {0};
    uint8_t sender[NONCE_SIZE];
    struct err err = {0};
    read_signer(requests[_i].signer, &signer);
    read_signer("rsa", &ca);
    if (has_csr(requests[_i].type))
        put_csr(signer.key, &inside);
    else
        put_question(requests[_i].type, &inside);
    const struct message made = {.type = requests[_i].type,
                                 .transaction_id = TRANSACTION,
                                 .signer = &signer,
                                 .recipient = ca.certificate,
                                 .cipher = requests[_i].cipher(),
                                 .hash = requests[_i].hash,
                                 .content = &inside};
    ck_assert_msg(message_build(&made, &message, sender, &err) == 0, "%s", err.text);

    autofree char *key = top_path(FOLDER "rsa.key"), *certificate = top_path(FOLDER "rsa.crt");
    OPENSSL_RUN(&message, &envelope, "cms", "-verify", "-noverify", "-binary", "-inform", "DER");
    OPENSSL_RUN(&envelope, &content, "cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", key,
                "-recip", certificate);
    ck_assert(buf_equal(&content, &inside));
    expect_content(requests[_i].type, &content);
    OPENSSL_RUN(&message, &listed, "cms", "-cmsout", "-print", "-noout", "-inform", "DER");
    autofree char *type = text_format("PRINTABLESTRING:%d\n", (int)requests[_i].type);
    expect_words(&listed, (const char *const[]){"PRINTABLESTRING:" TRANSACTION, type,
                                                "2.16.840.1.113733.1.9.5", NULL});
}
END_TEST

Suite *vectors_suite(void)
{
    Suite *suite = suite_create("scep/vectors");
    TCase *tc = tcase_create("vectors");
    tcase_add_loop_test(tc, an_envelope_of_openssl_opens, 0, LENGTH(envelopes));
    tcase_add_loop_test(tc, and_for_nobody_else, 0, LENGTH(envelopes));
    tcase_add_loop_test(tc, an_answer_of_openssl_says_what_it_should, 0, LENGTH(answers));
    tcase_add_loop_test(tc, and_to_nothing_else, 0, LENGTH(answers));
    tcase_add_test(tc, sha1_only_where_a_profile_says_so);
    tcase_add_test(tc, a_ca_of_openssl_is_read);
    tcase_add_test(tc, the_next_ca_of_openssl_is_read);
    tcase_add_loop_test(tc, a_request_of_openssl_is_read, 0, LENGTH(received));
    tcase_add_loop_test(tc, openssl_opens_what_is_made_here, 0, LENGTH(requests));
    suite_add_tcase(suite, tc);
    return suite;
}
