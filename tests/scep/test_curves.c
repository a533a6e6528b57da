/* Enrolments and renewals with EC keys of every curve, whole. */
#include "tests/scep/fixture.h"
#include "tests/scep/line.h"
#include "tests/suite.h"

static struct ca *ca;
static EVP_PKEY *old_keys[3], *new_keys[3]; /* by curve: P-256, P-384, P-521 */
static X509 *certificates[3];               /* of the old ones */

static void make_all(void)
{
    static const unsigned sizes[] = {256, 384, 521};
    fixture_keys();
    ca = ca_new("opensesame");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(key_generate(true, sizes[i], &old_keys[i], NULL), 0);
        ck_assert_int_eq(key_generate(true, sizes[i], &new_keys[i], NULL), 0);
        certificates[i] = ca_issue(ca, old_keys[i], "alice");
    }
}

static void free_all(void)
{
    for (int i = 0; i < 3; i++) {
        EVP_PKEY_free(old_keys[i]);
        EVP_PKEY_free(new_keys[i]);
        X509_free(certificates[i]);
    }
    ca_free(ca);
}

/* CERTIFICATE NULL: a first request. */
static void expect(const char *const rules[4], EVP_PKEY *key, X509 *certificate, EVP_PKEY *old,
                   const char *log)
{
    struct line line = {.ca = ca, .challenge = "opensesame"};
    CLEANUP(scep_result_free) struct scep_result result = {0};
    struct fixture fixture;
    struct err err = {0};
    ca_behave_well(ca);
    for (int i = 0; i < 4 && rules[i]; i++)
        ck_assert_msg(ca_behave(ca, rules[i]), "%s", rules[i]);
    fixture_operation(&fixture, key, "http://ca.test/scep", ca_certificate(ca), "opensesame");
    fixture.operation.transport = line_call;
    fixture.operation.challenge = line_challenge;
    fixture.operation.progress = line_progress;
    fixture.operation.context = &line;
    fixture.operation.old_certificate = certificate;
    fixture.operation.old_key = old;
    int rc = scep_enrol(&fixture.operation, &result, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(result.outcome, SCEP_ISSUED);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(result.certificate), key), 1);
    ck_assert_str_eq(buf_text(&line.log), log);
    fixture_free(&fixture);
    line_free(&line);
}

#define FRESH  "caps cacert challenge pki(PKCSReq issued)"
#define RENEWS "caps cacert pki(RenewalReq issued)"
#define CLOSED RENEWS " challenge pki(PKCSReq issued)"

/* The answer to a first request goes to a temporary RSA key. */
START_TEST(a_key_of_any_curve_is_certified)
{
    static const char *const none[4] = {NULL};
    expect(none, new_keys[_i], NULL, NULL, FRESH);
}
END_TEST

static const struct {
    const char *rules[4];
    const char *log;
} renewals[] = {
    {{NULL}, RENEWS},
    {{"agreement:1128"}, RENEWS},
    {{"agreement:1168"}, RENEWS},
    {{"agreement:224128"}, RENEWS},
    {{"agreement:256128"}, RENEWS},
    {{"agreement:256192"}, RENEWS},
    {{"agreement:256256"}, RENEWS},
    {{"agreement:256168"}, RENEWS},
    {{"agreement:384192"}, RENEWS},
    {{"agreement:384256"}, RENEWS},
    {{"agreement:512256"}, RENEWS},
    {{"agreement:1128", "cofactor"}, RENEWS},
    {{"agreement:224192", "cofactor"}, RENEWS},
    {{"agreement:256128", "cofactor"}, RENEWS},
    {{"agreement:384256", "cofactor"}, RENEWS},
    {{"agreement:512256", "cofactor"}, RENEWS},
    {{"by-key-id"}, RENEWS},
    {{"ber"}, RENEWS},
    {{"agreement:256256", "cofactor", "by-key-id", "ndes-caps"}, RENEWS},
    {{"no-renewal"}, "caps cacert pki(PKCSReq issued)"},
    /* A CA that encrypts to RSA keys only gets one in the end. */
    {{"rsa-only"},
     "caps cacert pki(RenewalReq refused) challenge pki(PKCSReq refused) pki(PKCSReq issued)"},
    /* So does one whose answers nobody here can open. What it issued first is of no use, and no
     * other message is signed with the key that it encrypts to so. */
    {{"mqv"}, CLOSED},
    {{"padded-wrap"}, CLOSED},
    {{"mqv", "no-renewal"}, "caps cacert pki(PKCSReq issued) challenge pki(PKCSReq issued)"},
};

START_TEST(an_ec_key_renews_with_every_agreement)
{
    for (int i = 0; i < 3; i++)
        expect(renewals[_i].rules, new_keys[i], certificates[i], old_keys[i], renewals[_i].log);
}
END_TEST

static const struct {
    const char *rules[4];
    const char *log;
} ec_authorities[] = {
    {{"ec-ca"}, FRESH},
    {{"ec-ca", "ndes-caps"}, FRESH},
    {{"ec-ca", "no-caps"}, "caps cacert challenge pki(-) pki(PKCSReq issued)"},
    {{"ec-ra"}, FRESH},
    {{"ec-ra", "standard-caps"}, FRESH},
};

START_TEST(a_message_is_encrypted_to_an_ec_key_where_there_is_no_other)
{
    expect(ec_authorities[_i].rules, fixture_key(FIXTURE_RSA_A), NULL, NULL,
           ec_authorities[_i].log);
    expect(ec_authorities[_i].rules, new_keys[0], NULL, NULL, ec_authorities[_i].log);
}
END_TEST

START_TEST(curves_and_kinds_of_key_may_change)
{
    static const char *const none[4] = {NULL}, *const by_id[4] = {"by-key-id"};
    EVP_PKEY *rsa = fixture_key(FIXTURE_RSA_A);
    CLEANUP(X509_free_p) X509 *certificate = ca_issue(ca, rsa, "alice");
    expect(none, new_keys[2], certificates[0], old_keys[0], RENEWS);
    expect(none, fixture_key(FIXTURE_RSA_B), certificates[1], old_keys[1], RENEWS);
    expect(none, new_keys[1], certificate, rsa, RENEWS);
    expect(by_id, new_keys[1], certificate, rsa, RENEWS);
}
END_TEST

Suite *curves_suite(void)
{
    Suite *suite = suite_create("scep/curves");
    TCase *tc = tcase_create("curves");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, a_key_of_any_curve_is_certified, 0, 3);
    tcase_add_loop_test(tc, an_ec_key_renews_with_every_agreement, 0, LENGTH(renewals));
    tcase_add_loop_test(tc, a_message_is_encrypted_to_an_ec_key_where_there_is_no_other, 0,
                        LENGTH(ec_authorities));
    tcase_add_test(tc, curves_and_kinds_of_key_may_change);
    suite_add_tcase(suite, tc);
    return suite;
}
