/* The self-signed certificate of a first request (RFC 8894 section 2.3). */
#include "scep/signer.h"

#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <openssl/x509v3.h>

#define DAY 86400L

static X509_NAME *name;

static void make_name(void)
{
    fixture_keys();
    name = X509_NAME_new();
    ck_assert(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                         (const uint8_t *)"alice", -1, -1, 0));
}

static void free_name(void)
{
    X509_NAME_free(name);
}

static const struct {
    int key; /* -1: none */
    bool temporary;
} keys[] = {{FIXTURE_RSA_A, false}, {FIXTURE_EC_A, true}, {-1, true}};

START_TEST(is_of_the_key_where_that_can_open_an_answer)
{
    EVP_PKEY *key = keys[_i].key < 0 ? NULL : fixture_key(keys[_i].key);
    CLEANUP(signer_free) struct signer signer = {0};
    ck_assert_int_eq(signer_self(key, name, HASH_SHA256, "abc", &signer, NULL), 0);
    ck_assert_int_eq(key && EVP_PKEY_eq(key, signer.key) == 1, !keys[_i].temporary);
    ck_assert(EVP_PKEY_is_a(signer.key, "RSA"));
    ck_assert_int_ge(EVP_PKEY_get_bits(signer.key), 2048);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(signer.certificate), signer.key), 1);
    ck_assert(signer_is_of_use(signer.certificate, signer.key));
}
END_TEST

START_TEST(says_what_servers_look_at)
{
    CLEANUP(signer_free) struct signer signer = {0};
    ck_assert_int_eq(
        signer_self(fixture_key(FIXTURE_RSA_A), name, HASH_SHA256, "abc", &signer, NULL), 0);
    X509 *made = signer.certificate;
    ck_assert_int_eq(X509_get_version(made), X509_VERSION_3);
    ck_assert_int_eq(X509_NAME_cmp(X509_get_subject_name(made), name), 0);
    ck_assert_int_eq(X509_NAME_cmp(X509_get_issuer_name(made), name), 0);
    ck_assert_int_eq(X509_verify(made, signer.key), 1);
    ck_assert_uint_eq(X509_get_key_usage(made), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    ck_assert_int_eq(X509_check_ca(made), 0);
    /* A server's clock may be late, and its people take months: by default polls go on for 14 days.
     */
    int days = 0, seconds = 0;
    ck_assert(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(made)));
    ck_assert_int_gt(days, 180);
    ck_assert_int_lt(X509_cmp_current_time(X509_get0_notBefore(made)), 0);
}
END_TEST

/* A poll comes from whom the request came from, also when that is made anew. */
START_TEST(is_called_by_its_transaction)
{
    static const char *const ids[] = {"abc", "00", "0123456789ABCDEF0123456789ABCDEF0123456789"};
    for (size_t i = 0; i < LENGTH(ids); i++) {
        CLEANUP(signer_free) struct signer one = {0}, again = {0}, other = {0};
        EVP_PKEY *key = fixture_key(FIXTURE_RSA_A);
        ck_assert_int_eq(signer_self(key, name, HASH_SHA256, ids[i], &one, NULL), 0);
        ck_assert_int_eq(signer_self(key, name, HASH_SHA256, ids[i], &again, NULL), 0);
        ck_assert_int_eq(signer_self(key, name, HASH_SHA256, "1", &other, NULL), 0);
        const ASN1_INTEGER *serial = X509_get0_serialNumber(one.certificate);
        ck_assert_int_eq(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(again.certificate)), 0);
        ck_assert_int_ne(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(other.certificate)), 0);
        ck_assert_int_le(ASN1_STRING_length(serial), 20);
        ck_assert_int_eq(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* and not below zero */
    }
}
END_TEST

Suite *signer_suite(void)
{
    Suite *suite = suite_create("scep/signer");
    TCase *tc = tcase_create("signer");
    tcase_add_unchecked_fixture(tc, make_name, free_name);
    tcase_add_loop_test(tc, is_of_the_key_where_that_can_open_an_answer, 0, LENGTH(keys));
    tcase_add_test(tc, says_what_servers_look_at);
    tcase_add_test(tc, is_called_by_its_transaction);
    suite_add_tcase(suite, tc);
    return suite;
}
