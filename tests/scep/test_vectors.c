/* Envelopes and answers that the openssl command made (tests/scep/vectors/make), opened here; and
 * what is made here, opened by that command. */
#include "scep/answer.h"
#include "scep/csr.h"
#include "scep/envelope.h"

#include "base/proc.h"
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
} answers[] = {
    {"success", "rsa", STATUS_SUCCESS, 0, ""},
    {"success-ec", "p256", STATUS_SUCCESS, 0, ""},
    {"success-stream", "rsa", STATUS_SUCCESS, 0, ""},
    {"pending", "rsa", STATUS_PENDING, 0, ""},
    {"failure", "rsa", STATUS_FAILURE, ERR_DENIED, "who are you"},
    {"failure-time", "rsa", STATUS_FAILURE, ERR_RETRY, "badTime"},
    {"failure-ndes", "rsa", STATUS_FAILURE, ERR_DENIED, "0x80070057"},
};

static int open_answer(const char *name, const char *key, const char *transaction,
                       const uint8_t its_nonce[NONCE_SIZE], struct answer *ret, struct err *err)
{
    static const struct trust trust = {.strength = {.minimum = MINIMUM_AES128_SHA256}};
    CLEANUP(signer_free) struct signer signer = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *signers = sk_X509_new_null();
    autobuf der = {0};
    read_signer(key, &signer);
    read_vector(name, "der", &der);
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
    int rc = open_answer(answers[_i].name, answers[_i].key, TRANSACTION, nonce, &answer, &err);
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
    ck_assert_int_eq(sk_X509_num(answer.certificates), 2);
    ck_assert_int_eq(X509_cmp(sk_X509_value(answer.certificates, 0), leaf), 0);
    ck_assert_int_eq(X509_cmp(sk_X509_value(answer.certificates, 1), ca), 0);
}
END_TEST

START_TEST(and_to_nothing_else)
{
    static const uint8_t other[NONCE_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14};
    CLEANUP(answer_free) struct answer answer = {0};
    const char *name = answers[_i].name, *key = answers[_i].key;
    ck_assert_int_lt(open_answer(name, key, TRANSACTION, other, &answer, NULL), 0);
    ck_assert_int_lt(open_answer(name, key, "0123456789abcdef", nonce, &answer, NULL), 0);
    ck_assert_int_lt(open_answer(name, key, "0123456789ABCDE", nonce, &answer, NULL), 0);
}
END_TEST

/* A request built here: who signs it, and how. */
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
    int rc = proc_run(argv, input, 1 << 20, deadline_in(60000), ret, &status, &err);
    ck_assert_msg(rc == 0 && status == 0, "openssl %s: status %d %s", words[0], status, err.text);
}
#define OPENSSL_RUN(input, ret, ...) openssl(input, ret, (const char *const[]){__VA_ARGS__, NULL})

static void expect_words(const struct buf *text, const char *const *words)
{
    for (; *words; words++)
        ck_assert_msg(strstr(buf_text(text), *words), "%s is not in %s", *words, buf_text(text));
}

START_TEST(openssl_opens_what_is_made_here)
{
    CLEANUP(signer_free) struct signer signer = {0}, ca = {0};
    struct request request;
    autobuf csr = {0}, challenge = {0}, message = {0};
    autobuf envelope = {0}, content = {0}, shown = {0}, listed = {0};
    uint8_t sender[NONCE_SIZE];
    struct err err = {0};
    read_signer(requests[_i].signer, &signer);
    read_signer("rsa", &ca);
    fixture_request(&request);
    buf_add_text(&challenge, "open sesame", NULL);
    ck_assert_int_eq(csr_build(signer.key, &request, HASH_SHA256, &challenge, &csr, &err), 0);
    const struct message made = {.type = requests[_i].type,
                                 .transaction_id = TRANSACTION,
                                 .signer = &signer,
                                 .recipient = ca.certificate,
                                 .cipher = requests[_i].cipher(),
                                 .hash = requests[_i].hash,
                                 .content = &csr};
    ck_assert_msg(message_build(&made, &message, sender, &err) == 0, "%s", err.text);

    autofree char *key = top_path(FOLDER "rsa.key"), *certificate = top_path(FOLDER "rsa.crt");
    OPENSSL_RUN(&message, &envelope, "cms", "-verify", "-noverify", "-binary", "-inform", "DER");
    OPENSSL_RUN(&envelope, &content, "cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", key,
                "-recip", certificate);
    ck_assert_uint_eq(content.len, csr.len);
    ck_assert_mem_eq(content.data, csr.data, csr.len);
    OPENSSL_RUN(&content, &shown, "req", "-verify", "-noout", "-text", "-inform", "DER");
    expect_words(&shown, (const char *const[]){"CN = alice", "challengePassword", "open sesame",
                                               "email:alice@example.com", NULL});
    OPENSSL_RUN(&message, &listed, "cms", "-cmsout", "-print", "-noout", "-inform", "DER");
    autofree char *type = text_format("PRINTABLESTRING:%d\n", (int)requests[_i].type);
    expect_words(&listed, (const char *const[]){"PRINTABLESTRING:" TRANSACTION, type,
                                                "2.16.840.1.113733.1.9.5", NULL});
    fixture_request_free(&request);
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
    tcase_add_loop_test(tc, openssl_opens_what_is_made_here, 0, LENGTH(requests));
    suite_add_tcase(suite, tc);
    return suite;
}
