/* What each minimum-crypto lets pass, and that nothing lets pass what is broken for good. */
#include "scep/strength.h"

#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

enum { A = MINIMUM_DES3_SHA1, B = MINIMUM_DES3_SHA256, C = MINIMUM_AES128_SHA256 };
enum { D = MINIMUM_AES256_SHA256, N_MINIMUMS };

#define ALL (1u << A | 1u << B | 1u << C | 1u << D)

static const struct {
    int nid;
    unsigned good;    /* bits: the minimums that let it pass */
    const char *text; /* of the error of the others */
} ciphers[] = {
    {NID_des_ede3_cbc, 1u << A | 1u << B, "weaker than minimum-crypto = aes"},
    {NID_aes_128_cbc, 1u << A | 1u << B | 1u << C, "weaker than minimum-crypto = aes256-sha256"},
    {NID_aes_192_cbc, 1u << A | 1u << B | 1u << C, "weaker than minimum-crypto = aes256-sha256"},
    {NID_aes_256_cbc, ALL, NULL},
    {NID_des_cbc, 0, "set accept-des = yes"},
    {NID_rc2_cbc, 0, "rc2-cbc is no cipher"},
    {NID_rc4, 0, "rc4 is no cipher"},
    {NID_aes_256_ecb, 0, "is no cipher"},
    {NID_rsaEncryption, 0, "is no cipher"},
    {NID_undef, 0, "an unknown algorithm is no cipher"},
};

START_TEST(judges_ciphers)
{
    for (unsigned i = 0; i < N_MINIMUMS; i++) {
        const struct strength strength = {.minimum = i};
        struct err err = {0};
        bool good = strength_cipher(&strength, ciphers[_i].nid, &err) == 0;
        ck_assert_msg(good == (ciphers[_i].good >> i & 1), "%s: %s",
                      strength_name(strength.minimum), err.text);
        if (!good)
            ck_assert_msg(err.class == ERR_CONFIG && strstr(err.text, ciphers[_i].text), "%s",
                          err.text);
    }
}
END_TEST

START_TEST(des_is_a_matter_of_its_own)
{
    for (unsigned i = 0; i < N_MINIMUMS; i++) {
        const struct strength strength = {.minimum = i, .accept_des = true};
        ck_assert_int_eq(strength_cipher(&strength, NID_des_cbc, NULL), 0);
        ck_assert_int_eq(strength_cipher(&strength, NID_des_ede3_cbc, NULL) == 0, i <= B);
        ck_assert_int_lt(strength_cipher(&strength, NID_rc2_cbc, NULL), 0);
    }
}
END_TEST

static const struct {
    int nid;
    unsigned good;
    const char *text;
} digests[] = {
    {NID_sha1, 1u << A, "the answer is signed with SHA-1, which is weaker than minimum-crypto"},
    {NID_sha224, ALL, NULL},
    {NID_sha256, ALL, NULL},
    {NID_sha384, ALL, NULL},
    {NID_sha512, ALL, NULL},
    {NID_sha3_256, ALL, NULL},
    {NID_md5, 0, "the answer is signed with md5, which is accepted nowhere"},
    {NID_md4, 0, "accepted nowhere"},
    {NID_md2, 0, "accepted nowhere"},
    {NID_md5_sha1, 0, "accepted nowhere"},
    {NID_ripemd160, 0, "accepted nowhere"},
    {NID_aes_128_cbc, 0, "accepted nowhere"},
    {NID_undef, 0, "an unknown algorithm"},
};

START_TEST(judges_digests)
{
    for (unsigned i = 0; i < N_MINIMUMS; i++) {
        const struct strength strength = {.minimum = i, .accept_des = true};
        struct err err = {0};
        bool good = strength_digest(&strength, digests[_i].nid, "the answer", &err) == 0;
        ck_assert_msg(good == (digests[_i].good >> i & 1), "%s: %s",
                      strength_name(strength.minimum), err.text);
        if (!good)
            ck_assert_msg(err.class == ERR_CONFIG && strstr(err.text, digests[_i].text), "%s",
                          err.text);
    }
}
END_TEST

enum { BY_RSA, BY_EC, BY_ED25519, BY_RSA_PSS };

static EVP_PKEY *ed25519;

static void make_keys(void)
{
    fixture_keys();
    ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static void free_keys(void)
{
    EVP_PKEY_free(ed25519);
}

static void make_crl(int by, const char *digest, X509_CRL *ret)
{
    EVP_PKEY *const keys[] = {fixture_key(FIXTURE_RSA_A), fixture_key(FIXTURE_EC_A), ed25519,
                              fixture_key(FIXTURE_RSA_A)};
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = NULL;
    ck_assert(X509_CRL_set_version(ret, X509_CRL_VERSION_2) && X509_CRL_set1_lastUpdate(ret, now) &&
              EVP_DigestSignInit(context, &key, digest ? EVP_get_digestbyname(digest) : NULL, NULL,
                                 keys[by]) > 0);
    if (by == BY_RSA_PSS)
        ck_assert(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) > 0);
    ck_assert_int_gt(X509_CRL_sign_ctx(ret, context), 0);
}

static const struct {
    int by;
    const char *digest;
    unsigned good;
    const char *text;
} lists[] = {
    {BY_RSA, "SHA256", ALL, NULL},
    {BY_RSA, "SHA1", 1u << A, "the revocation list is signed with SHA-1"},
    {BY_RSA, "MD5", 0, "the revocation list is signed with md5"},
    {BY_EC, "SHA384", ALL, NULL},
    {BY_ED25519, NULL, ALL, NULL},
    {BY_RSA_PSS, "SHA256", ALL, NULL},
    {BY_RSA_PSS, "SHA1", 1u << A, "the revocation list is signed with SHA-1"},
};

START_TEST(judges_revocation_lists)
{
    CLEANUP(X509_CRL_free_p) X509_CRL *crl = X509_CRL_new();
    make_crl(lists[_i].by, lists[_i].digest, crl);
    for (unsigned i = 0; i < N_MINIMUMS; i++) {
        const struct strength strength = {.minimum = i, .accept_des = true};
        struct err err = {0};
        bool good = strength_crl(&strength, crl, &err) == 0;
        ck_assert_msg(good == (lists[_i].good >> i & 1), "%s", err.text);
        if (!good)
            ck_assert_msg(strstr(err.text, lists[_i].text), "%s", err.text);
    }
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static X509 *make(EVP_PKEY *key, const EVP_MD *digest)
{
    X509 *made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(made), 0);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                               (const uint8_t *)"box", -1, -1, 0);
    X509_set_pubkey(made, key);
    ck_assert(X509_sign(made, key, digest));
    return made;
}

static const struct {
    int key;
    const char *digest;
    unsigned good, weak;
} signatures[] = {
    {BY_RSA, "SHA256", ALL, 0},         {BY_RSA, "SHA512", ALL, 0}, {BY_RSA, "SHA224", ALL, 0},
    {BY_RSA, "SHA1", 1u << A, 1u << A}, {BY_RSA, "MD5", 0, 0},      {BY_EC, "SHA256", ALL, 0},
    {BY_EC, "SHA1", 1u << A, 1u << A},  {BY_ED25519, NULL, ALL, 0},
};

START_TEST(judges_signatures)
{
    EVP_PKEY *const keys[] = {fixture_key(FIXTURE_RSA_A), fixture_key(FIXTURE_EC_A), ed25519};
    const char *name = signatures[_i].digest;
    CLEANUP(X509_free_p)
    X509 *made = make(keys[signatures[_i].key], name ? EVP_get_digestbyname(name) : NULL);
    for (unsigned i = 0; i < N_MINIMUMS; i++) {
        const struct strength strength = {.minimum = i, .accept_des = true};
        struct err err = {0};
        bool weak = false;
        bool good = strength_signature(&strength, made, &weak, &err) == 0;
        ck_assert_msg(good == (signatures[_i].good >> i & 1), "%s", err.text);
        if (good)
            ck_assert_int_eq(weak, signatures[_i].weak >> i & 1);
        else
            ck_assert_msg(strstr(err.text, "certificate \"CN=box\" (SHA-256 "), "%s", err.text);
    }
}
END_TEST

static const struct {
    int bits;
    bool good;
} sizes[] = {{512, false}, {768, false}, {1023, false}, {1024, true}, {2048, true}};

START_TEST(judges_keys)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = EVP_RSA_gen((unsigned)sizes[_i].bits);
    ck_assert_ptr_nonnull(key);
    CLEANUP(X509_free_p) X509 *made = make(key, EVP_sha256());
    struct err err = {0};
    ck_assert_int_eq(strength_key(made, &err) == 0, sizes[_i].good);
    if (!sizes[_i].good)
        ck_assert_msg(strstr(err.text, "bits, which is too weak"), "%s", err.text);
}
END_TEST

Suite *strength_suite(void)
{
    Suite *suite = suite_create("scep/strength");
    TCase *tc = tcase_create("strength");
    tcase_add_unchecked_fixture(tc, make_keys, free_keys);
    tcase_add_loop_test(tc, judges_ciphers, 0, LENGTH(ciphers));
    tcase_add_test(tc, des_is_a_matter_of_its_own);
    tcase_add_loop_test(tc, judges_digests, 0, LENGTH(digests));
    tcase_add_loop_test(tc, judges_signatures, 0, LENGTH(signatures));
    tcase_add_loop_test(tc, judges_revocation_lists, 0, LENGTH(lists));
    tcase_add_loop_test(tc, judges_keys, 0, LENGTH(sizes));
    suite_add_tcase(suite, tc);
    return suite;
}
