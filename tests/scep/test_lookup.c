/* GetCert and GetCRL, against the test CA. */
#include "scep/lookup.h"

#include "tests/scep/run.h"
#include "tests/suite.h"

#include <string.h>

static struct ca *ca;
static X509 *held; /* by FIXTURE_RSA_B, from an enrolment */

static void make_ca(void)
{
    static const char *const none[8] = {NULL};
    struct run run;
    fixture_keys();
    ca = ca_new(NULL);
    run_start(&run, ca, none, fixture_key(FIXTURE_RSA_B));
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    held = steal(&run.result.certificate);
    run_end(&run);
}

static void free_ca(void)
{
    X509_free(held);
    ca_free(ca);
}

static void use_held(struct run *run)
{
    run->fixture.operation.old_certificate = held;
    run->fixture.operation.old_key = fixture_key(FIXTURE_RSA_B);
}

static const struct {
    const char *rules[8];
    const char *serial; /* the test CA's first is 100 */
    enum minimum_crypto minimum;
    enum err_class class; /* 0: it is found */
    const char *text, *log;
} certificates[] = {
    {{NULL}, "64", 0, 0, NULL, "caps cacert pki(GetCert issued)"},
    {{NULL}, "0064", 0, 0, NULL, "caps cacert pki(GetCert issued)"},
    {{NULL}, "00:64", 0, 0, NULL, "caps cacert pki(GetCert issued)"},
    {{"ra"}, "64", 0, 0, NULL, "caps cacert pki(GetCert issued)"},
    {{"get-only"}, "64", 0, 0, NULL, "caps cacert pki(GetCert issued)"},
    {{NULL},
     "65",
     0,
     ERR_DENIED,
     "gives no certificate: badCertId",
     "caps cacert pki(GetCert refused)"},
    {{NULL}, "", 0, ERR_CONFIG, "\"\" is no serial number", ""},
    {{NULL}, ":", 0, ERR_CONFIG, "is no serial number", ""},
    {{NULL}, "0x64", 0, ERR_CONFIG, "is no serial number", ""},
    {{NULL}, "100 ", 0, ERR_CONFIG, "is no serial number", ""},
    {{NULL}, "12345678901234567890123456789012345678901", 0, ERR_CONFIG, "1 to 40 hex digits", ""},
    {{"other-key"},
     "64",
     0,
     ERR_CONFIG,
     "another certificate than was asked for",
     "caps cacert pki(GetCert issued)"},
    {{"namesake"},
     "64",
     0,
     ERR_CONFIG,
     "a certificate that it has not issued itself",
     "caps cacert pki(GetCert issued)"},
    {{"pending:1"},
     "64",
     0,
     ERR_CONFIG,
     "put the question for a certificate off",
     "caps cacert pki(GetCert pending)"},
    {{"wrong-nonce"}, "64", 0, ERR_RETRY, "recipientNonce", "caps cacert pki(GetCert issued)"},
    {{"wrong-signer"}, "64", 0, ERR_CONFIG, "signed by neither", "caps cacert pki(GetCert issued)"},
    {{"no-envelope"}, "64", 0, ERR_CONFIG, "no envelope", "caps cacert pki(GetCert issued)"},
    {{"pki/html"}, "64", 0, ERR_RETRY, "not a SCEP answer", "caps cacert pki(-)"},
    {{"pki/500"}, "64", 0, ERR_RETRY, "HTTP 500", "caps cacert pki(-)"},
    {{"cacert/html"}, "64", 0, ERR_RETRY, "not a CA certificate", "caps cacert"},
    {{"no-caps"}, "64", MINIMUM_AES128_SHA256, ERR_CONFIG, "minimum-crypto", "caps cacert"},
};

START_TEST(looks_up_certificates)
{
    for (int old = 0; old < 2; old++) { /* asked with a certificate of its own, or without */
        struct run run;
        CLEANUP(X509_free_p) X509 *found = NULL;
        run_start(&run, ca, certificates[_i].rules, fixture_key(FIXTURE_RSA_A));
        run.fixture.operation.strength.minimum = certificates[_i].minimum;
        if (old)
            use_held(&run);
        int rc =
            lookup_certificate(&run.fixture.operation, certificates[_i].serial, &found, &run.err);
        ck_assert_msg(rc == -(int)certificates[_i].class, "%d: %s", rc, run.err.text);
        if (rc == 0)
            ck_assert_int_eq(X509_cmp(found, held), 0);
        else
            ck_assert_msg(strstr(run.err.text, certificates[_i].text), "%s", run.err.text);
        ck_assert_str_eq(buf_text(&run.line.log), certificates[_i].log);
        ck_assert_uint_eq(run.line.challenges, 0);
        run_end(&run);
    }
}
END_TEST

static const struct {
    const char *rules[8];
    enum minimum_crypto minimum;
    enum err_class class;
    const char *text;
} lists[] = {
    {{NULL}, 0, 0, NULL},
    {{"two-ras"}, 0, 0, NULL},
    {{"ndes-caps"}, 0, 0, NULL},
    {{"sha1"}, MINIMUM_DES3_SHA1, 0, NULL},
    {{"sha1"}, MINIMUM_DES3_SHA256, ERR_CONFIG, "the revocation list is signed with SHA-1"},
    {{"other-ca"}, 0, ERR_CONFIG, "no revocation list that the CA has signed"},
    {{"namesake"}, 0, ERR_CONFIG, "no revocation list that the CA has signed"},
    {{"refuse:2"}, 0, ERR_DENIED, "gives no revocation list: badCertId"},
    {{"wrong-transaction"}, 0, ERR_RETRY, "transactionID"},
    {{"pki/garbage"}, 0, ERR_RETRY, "not a SCEP answer"},
};

START_TEST(looks_up_the_revocation_list)
{
    for (int old = 0; old < 2; old++) {
        struct run run;
        CLEANUP(X509_CRL_free_p) X509_CRL *found = NULL;
        run_start(&run, ca, lists[_i].rules, fixture_key(FIXTURE_EC_A));
        run.fixture.operation.strength.minimum = lists[_i].minimum;
        if (old)
            use_held(&run);
        int rc = lookup_crl(&run.fixture.operation, &found, &run.err);
        ck_assert_msg(rc == -(int)lists[_i].class, "%d: %s", rc, run.err.text);
        if (rc == 0)
            ck_assert_int_eq(X509_CRL_verify(found, X509_get0_pubkey(ca_certificate(ca))), 1);
        else
            ck_assert_msg(strncmp(run.err.text, RUN_URL ": ", strlen(RUN_URL ": ")) == 0 &&
                              strstr(run.err.text, lists[_i].text),
                          "%s", run.err.text);
        run_end(&run);
    }
}
END_TEST

/* With an EC key of its own, and what the CA makes of that. */
static const struct {
    const char *rules[8];
    const char *log;
} agreed[] = {
    {{NULL}, "caps cacert pki(GetCert issued)"},
    {{"agreement:256256"}, "caps cacert pki(GetCert issued)"},
    {{"mqv"}, "caps cacert pki(GetCert issued) pki(GetCert issued)"},
};

START_TEST(an_answer_that_an_ec_key_cannot_open_is_had_with_another)
{
    CLEANUP(X509_free_p)
    X509 *own = ca_issue(ca, fixture_key(FIXTURE_EC_A), "alice"), *found = NULL;
    struct run run;
    run_start(&run, ca, agreed[_i].rules, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.old_certificate = own;
    run.fixture.operation.old_key = fixture_key(FIXTURE_EC_A);
    int rc = lookup_certificate(&run.fixture.operation, "64", &found, &run.err);
    ck_assert_msg(rc == 0, "%s", run.err.text);
    ck_assert_int_eq(X509_cmp(found, held), 0);
    ck_assert_str_eq(buf_text(&run.line.log), agreed[_i].log);
    run_end(&run);
}
END_TEST

Suite *lookup_suite(void)
{
    Suite *suite = suite_create("scep/lookup");
    TCase *tc = tcase_create("lookup");
    tcase_add_unchecked_fixture(tc, make_ca, free_ca);
    tcase_add_loop_test(tc, looks_up_certificates, 0, LENGTH(certificates));
    tcase_add_loop_test(tc, looks_up_the_revocation_list, 0, LENGTH(lists));
    tcase_add_loop_test(tc, an_answer_that_an_ec_key_cannot_open_is_had_with_another, 0,
                        LENGTH(agreed));
    suite_add_tcase(suite, tc);
    return suite;
}
