/* Keys in a TPM that decrypt and agree, and such as only sign. */
#include "scep/openable.h"

#include "tests/scep/fixture.h"
#include "tests/scep/line.h"
#include "tests/suite.h"
#include "tests/tpm_between.h"

#include <openssl/err.h>

#define TPM_ECDH_ZGEN     0x154u
#define TPM_RSA_DECRYPT   0x159u
#define TPM_RC_ATTRIBUTES 0x82u
#define TPM_NO_COMMAND    0xffffu

static const struct {
    bool ec;
    unsigned size;
    uint32_t refused; /* command */
    bool openable;
} rows[] = {
    {true, 256, TPM_NO_COMMAND, true},     {true, 384, TPM_NO_COMMAND, true},
    {false, 2048, TPM_NO_COMMAND, true},   {true, 256, TPM_RSA_DECRYPT, true},
    {true, 256, TPM_ECDH_ZGEN, false},     {true, 384, TPM_ECDH_ZGEN, false},
    {false, 2048, TPM_RSA_DECRYPT, false},
};

START_TEST(a_try_tells)
{
    SWTPM(swtpm);
    TPM_BETWEEN(between, &swtpm, rows[_i].refused, TPM_RC_ATTRIBUTES);
    struct err err = {0};
    {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
        ck_assert_msg(tpm_generate(rows[_i].ec, rows[_i].size, &key, &err) == 0, "%s", err.text);
        ck_assert_int_eq(openable_with(key), rows[_i].openable);
        ck_assert_uint_eq(ERR_peek_error(), 0);
    }
}
END_TEST

START_TEST(software_can)
{
    ck_assert(openable_with(fixture_key(FIXTURE_RSA_A)));
    ck_assert(openable_with(fixture_key(FIXTURE_EC_A)));
}
END_TEST

#define FRESH  "caps cacert challenge pki(PKCSReq issued)"
#define RENEWS "caps cacert pki(RenewalReq issued)"

/* Renewals, from the TPM's key to another of it. */
static const struct {
    bool ec;
    unsigned size;
    uint32_t refused;
    const char *rule, *log;
} renewals[] = {
    {true, 256, TPM_NO_COMMAND, "agreement:256128", RENEWS},
    {true, 256, TPM_NO_COMMAND, "agreement:512256", RENEWS},
    {true, 256, TPM_NO_COMMAND, "by-key-id", RENEWS},
    {true, 384, TPM_NO_COMMAND, "agreement:384256", RENEWS},
    {true, 384, TPM_NO_COMMAND, "agreement:1168", RENEWS},
    {false, 2048, TPM_NO_COMMAND, "bundle", RENEWS},
    {true, 256, TPM_ECDH_ZGEN, "bundle", FRESH},
    {false, 2048, TPM_RSA_DECRYPT, "bundle", FRESH},
};

/* The certificate for KEY. OLD NULL: a first request. */
static X509 *enrol(struct ca *ca, EVP_PKEY *key, EVP_PKEY *old, X509 *certificate, const char *log)
{
    struct line line = {.ca = ca, .challenge = "opensesame"};
    CLEANUP(scep_result_free) struct scep_result result = {0};
    struct fixture fixture;
    struct err err = {0};
    fixture_operation(&fixture, key, "http://ca.test/scep", ca_certificate(ca), "opensesame");
    fixture.operation.transport = line_call;
    fixture.operation.challenge = line_challenge;
    fixture.operation.context = &line;
    fixture.operation.old_certificate = certificate;
    fixture.operation.old_key = old;
    ck_assert_msg(scep_enrol(&fixture.operation, &result, &err) == 0, "%s", err.text);
    ck_assert_int_eq(result.outcome, SCEP_ISSUED);
    ck_assert_str_eq(buf_text(&line.log), log);
    fixture_free(&fixture);
    line_free(&line);
    return steal(&result.certificate);
}

START_TEST(a_renewal_uses_what_the_key_can)
{
    SWTPM(swtpm);
    TPM_BETWEEN(between, &swtpm, renewals[_i].refused, TPM_RC_ATTRIBUTES);
    struct ca *ca = ca_new("opensesame");
    struct err err = {0};
    {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *old = NULL, *key = NULL;
        ck_assert_msg(tpm_generate(renewals[_i].ec, renewals[_i].size, &old, &err) == 0 &&
                          tpm_generate(renewals[_i].ec, renewals[_i].size, &key, &err) == 0,
                      "%s", err.text);
        CLEANUP(X509_free_p)
        X509 *first = enrol(ca, old, NULL, NULL, FRESH);
        ck_assert(ca_behave(ca, renewals[_i].rule));
        CLEANUP(X509_free_p) X509 *second = enrol(ca, key, old, first, renewals[_i].log);
        ck_assert(X509_cmp(first, second) != 0);
    }
    ca_free(ca);
}
END_TEST

Suite *openable_suite(void)
{
    Suite *suite = suite_create("scep/openable");
    TCase *tc = tcase_create("openable");
    tcase_add_unchecked_fixture(tc, fixture_keys, NULL);
    tcase_add_test(tc, software_can);
    tcase_add_loop_test(tc, a_try_tells, 0, LENGTH(rows));
    tcase_add_loop_test(tc, a_renewal_uses_what_the_key_can, 0, LENGTH(renewals));
    suite_add_tcase(suite, tc);
    return suite;
}
