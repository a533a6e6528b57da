/* A valid answer, damaged at each of its bytes, at each of its depths: the bytes that came, the
 * envelope under a signature that is good again, and what is in the envelope. */
#include "scep/answer.h"
#include "scep/issued.h"

#include "tests/ca/issue.h"
#include "tests/ca/wrap.h"
#include "tests/long.h"
#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

#define SAMPLE 7 /* of the bits, where not all of them are tried: every seventh */

static struct identity ca;
static struct signer asker;
static STACK_OF(X509) *signers;
static X509 *leaf;
static struct trust trust;
static struct buf content, envelope, body;
static const uint8_t nonce[NONCE_SIZE] = "fifteen letters";

static void seal(const struct buf *what, struct buf *ret)
{
    const struct pki_reply reply = {
        .type = 3, .fail_info = -1, .transaction = "abc", .nonce = nonce, .content = what};
    ck_assert(pki_seal(&reply, &ca, ret));
}

static void make_all(void)
{
    static const struct rules none;
    char id[65];
    EVP_PKEY *key = fixture_key(FIXTURE_RSA_A);
    CLEANUP(X509_NAME_free_p) X509_NAME *name = X509_NAME_new();
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = X509_REQ_new();
    ca = issue_ca("CA", true);
    signers = sk_X509_new_null();
    X509_add_cert(signers, ca.certificate, X509_ADD_FLAG_UP_REF);
    trust.roots = signers;
    ck_assert_int_eq(scep_transaction_id(key, id, NULL), 0);
    ck_assert_int_eq(signer_self(key, name, HASH_SHA256, id, &asker, NULL), 0);
    X509_REQ_set_pubkey(csr, key);
    X509_REQ_sign(csr, key, EVP_sha256());
    leaf = issue_for(&ca, csr, &none, 7);

    CLEANUP(x509_stack_free_p) STACK_OF(X509) *both = sk_X509_new_null();
    X509_add_cert(both, leaf, X509_ADD_FLAG_UP_REF);
    X509_add_cert(both, ca.certificate, X509_ADD_FLAG_UP_REF);
    ck_assert(pki_bundle(both, &content));
    ck_assert(wrap_usual(&content, asker.certificate, &envelope));
    seal(&envelope, &body);
}

static void free_all(void)
{
    buf_free(&content);
    buf_free(&envelope);
    buf_free(&body);
    X509_free(leaf);
    x509_stack_free(signers);
    signer_free(&asker);
    identity_free(&ca);
}

/* What comes of these bytes, in memory of their own, so that a sanitizer sees a read past their
 * end. */
static bool open_body(const struct buf *bytes, struct answer *ret)
{
    const struct answer_frame frame = {.signers = signers,
                                       .given = signers,
                                       .trust = &trust,
                                       .transaction_id = "abc",
                                       .nonce = nonce,
                                       .signer = &asker};
    autofree uint8_t *copy = malloc(bytes->len ? bytes->len : 1);
    if (bytes->len)
        memcpy(copy, bytes->data, bytes->len);
    struct err err = {0};
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = answer_parse(&(struct buf){copy, bytes->len, bytes->len});
    int rc = cms ? answer_open(cms, &frame, ret, &err) : -1;
    ck_assert(!cms || rc == 0 || err.text[0]);
    return rc == 0;
}

static bool open_envelope(const struct buf *bytes, struct answer *ret)
{
    autobuf sealed = {0};
    seal(bytes, &sealed);
    return open_body(&sealed, ret);
}

static bool open_content(const struct buf *bytes, struct answer *ret)
{
    autobuf wrapped = {0};
    ck_assert(wrap_usual(bytes, asker.certificate, &wrapped));
    return open_envelope(&wrapped, ret);
}

/* STRICT: under the signature; what opens all the same is what was sealed. */
static const struct {
    struct buf *whole;
    bool (*open)(const struct buf *bytes, struct answer *ret);
    bool strict;
} depths[] = {
    {&body, open_body, true}, {&envelope, open_envelope, false}, {&content, open_content, false}};

START_TEST(whole_it_opens)
{
    CLEANUP(answer_free) struct answer answer = {0};
    X509 *found = NULL;
    ck_assert(depths[_i].open(depths[_i].whole, &answer));
    ck_assert_int_eq(issued_find(answer.certificates, asker.key, NULL, &found, NULL), 0);
    ck_assert_int_eq(X509_cmp(found, leaf), 0);
}
END_TEST

START_TEST(cut_off_anywhere_it_is_an_error)
{
    const struct buf *whole = depths[_i].whole;
    size_t step = tests_long() || _i == 0 ? 1 : SAMPLE;
    for (size_t cut = 0; cut < whole->len; cut += step) {
        CLEANUP(answer_free) struct answer answer = {0};
        ck_assert_msg(!depths[_i].open(&(struct buf){whole->data, cut, cut}, &answer), "%zu", cut);
        ck_assert_ptr_null(answer.certificates);
    }
}
END_TEST

START_TEST(a_changed_bit_never_changes_what_was_said)
{
    struct buf *whole = depths[_i].whole;
    size_t step = tests_long() ? 1 : SAMPLE * (_i == 0 ? 1 : SAMPLE);
    for (size_t bit = 0; bit < 8 * whole->len; bit += step) {
        CLEANUP(answer_free) struct answer answer = {0};
        X509 *found = NULL;
        whole->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        bool opened = depths[_i].open(whole, &answer);
        whole->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!opened)
            continue;
        ck_assert_int_eq(answer.status, STATUS_SUCCESS);
        bool ours = issued_find(answer.certificates, asker.key, NULL, &found, NULL) == 0;
        if (depths[_i].strict)
            ck_assert_msg(ours && X509_cmp(found, leaf) == 0, "bit %zu", bit);
        if (ours)
            ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(found), asker.key), 1);
    }
}
END_TEST

Suite *damage_suite(void)
{
    Suite *suite = suite_create("scep/answer, damaged");
    TCase *tc = tcase_create("damage");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, whole_it_opens, 0, LENGTH(depths));
    tcase_add_loop_test(tc, cut_off_anywhere_it_is_an_error, 0, LENGTH(depths));
    tcase_add_loop_test(tc, a_changed_bit_never_changes_what_was_said, 0, LENGTH(depths));
    suite_add_tcase(suite, tc);
    return suite;
}
