#include "scep/client.h"

#include "tests/scep/run.h"
#include "tests/suite.h"

#include <string.h>

static struct ca *ca;
static X509 *old_certificate;

static void make_ca(void)
{
    fixture_keys();
    ca = ca_new("opensesame");
    old_certificate = ca_issue(ca, fixture_key(FIXTURE_RSA_B), "alice");
}

static void free_ca(void)
{
    X509_free(old_certificate);
    ca_free(ca);
}

enum mode { FRESH, RENEW, POLL };

static void start(struct run *run, const char *const rules[8], enum mode mode, EVP_PKEY *key)
{
    run_start(run, ca, rules, key);
    run->fixture.operation.poll = mode == POLL;
    if (mode == RENEW) {
        run->fixture.operation.old_certificate = old_certificate;
        run->fixture.operation.old_key = fixture_key(FIXTURE_RSA_B);
    }
}

static const struct {
    const char *rules[8];
    enum mode mode;
    int key;
    const char *log;
    const char *warning; /* beginning of a warning; NULL: there is none */
} good[] = {
    {{NULL}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"get-only"}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"bundle"}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"ra"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "requests go over http:// to who looks like the registration authority but is not marked as "
     "one, \"CN=Test RA\" (SHA-256 "},
    {{"two-ras"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "requests go over http:// to who looks like"},
    {{"ndes-caps"}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"leaf-last"}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{NULL}, FRESH, FIXTURE_EC_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"not-yet:60"}, FRESH, FIXTURE_RSA_A, "caps cacert challenge pki(PKCSReq issued)", NULL},
    /* no capabilities: GET, triple DES, SHA-1 */
    {{"no-caps", "get-only"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the server does not offer SHA-256"},
    {{"caps/close", "get-only"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the server does not offer SHA-256"},
    {{"caps/html", "get-only"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the server does not offer SHA-256"},
    /* ... and if it takes POST after all */
    {{"no-caps"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(-) pki(PKCSReq issued)",
     "the server does not offer SHA-256"},
    /* what the CA changed */
    {{"other-subject"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the CA changed the subject from \"OU=Staff, CN=alice\" to \"CN=someone else\""},
    {{"no-san"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the CA left out the alternative name \"upn:alice@corp.example.com\""},
    {{"no-eku"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the CA left out the extended key usage client-auth (1.3.6.1.5.5.7.3.2)"},
    {{"long"},
     FRESH,
     FIXTURE_RSA_A,
     "caps cacert challenge pki(PKCSReq issued)",
     "the certificate is valid for 3650 days"},
    /* renewal, and what to do when it is refused */
    {{NULL}, RENEW, FIXTURE_RSA_A, "caps cacert pki(RenewalReq issued)", NULL},
    {{NULL}, RENEW, FIXTURE_EC_A, "caps cacert pki(RenewalReq issued)", NULL},
    {{"no-renewal"}, RENEW, FIXTURE_RSA_A, "caps cacert pki(PKCSReq issued)", NULL},
    {{"refuse-renewal"},
     RENEW,
     FIXTURE_RSA_A,
     "caps cacert pki(RenewalReq refused) challenge pki(PKCSReq issued)",
     "the CA refused the renewal: badRequest"},
    {{"renewal-wants-challenge"},
     RENEW,
     FIXTURE_RSA_A,
     "caps cacert pki(RenewalReq refused) challenge pki(PKCSReq issued)",
     "the CA refused the renewal: badMessageCheck"},
};

static bool has_warning(const struct strings *warnings, const char *beginning)
{
    for (size_t i = 0; i < warnings->n; i++)
        if (strncmp(warnings->v[i], beginning, strlen(beginning)) == 0)
            return true;
    return false;
}

START_TEST(gets_a_certificate)
{
    struct run run;
    EVP_PKEY *key = fixture_key(good[_i].key);
    start(&run, good[_i].rules, good[_i].mode, key);
    run.fixture.request.validity_unit = VALIDITY_YEARS;
    run.fixture.request.validity = 1;
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.log), good[_i].log);
    ck_assert_uint_le(run.line.challenges, 1);
    ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
    ck_assert_str_eq(run.result.url, RUN_URL);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(run.result.certificate), key), 1);
    ck_assert_int_eq(sk_X509_num(run.result.chain), 0);
    const struct strings *told = &run.result.warnings;
    told = told->n ? told : &run.result.differences;
    if (good[_i].warning)
        ck_assert_msg(has_warning(told, good[_i].warning), "%s", told->n ? told->v[0] : "none");
    else
        ck_assert_msg(told->n == 0, "%s", told->v[0]);
    ck_assert_ptr_nonnull(strstr(buf_text(&run.line.said), "has been issued"));
    run_end(&run);
}
END_TEST

static const struct {
    const char *rules[8];
    enum mode mode;
    const char *log, *difference; /* NULL: it is taken */
} strict[] = {
    {{NULL}, FRESH, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"no-renewal"}, RENEW, "caps cacert pki(PKCSReq issued)", NULL},
    {{"get-only", "leaf-last"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"other-subject"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA changed"},
    {{"no-san"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA left out"},
    {{"add-san"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA added"},
    {{"no-eku"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA left out"},
    {{"less-usage"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA left out"},
    {{"short:7200"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the certificate is"},
    {{"sha1"}, FRESH, "caps cacert challenge pki(PKCSReq issued)", "the CA signed"},
    /* Another way of asking would only have the CA issue another one. */
    {{"no-san"}, RENEW, "caps cacert pki(RenewalReq issued)", "the CA left out"},
};

START_TEST(a_strict_one_takes_nothing_else)
{
    struct run run;
    start(&run, strict[_i].rules, strict[_i].mode, fixture_key(FIXTURE_RSA_C));
    run.fixture.request.validity_unit = VALIDITY_YEARS;
    run.fixture.request.validity = 1;
    run.fixture.operation.strict = true;
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.log), strict[_i].log);
    ck_assert_str_eq(run.result.url, RUN_URL);
    if (strict[_i].difference) {
        ck_assert_int_eq(run.result.outcome, SCEP_REJECTED);
        ck_assert_ptr_null(run.result.certificate);
        ck_assert_ptr_null(run.result.chain);
        ck_assert(has_warning(&run.result.differences, strict[_i].difference));
        ck_assert_ptr_nonnull(strstr(buf_text(&run.line.said), "not as asked for"));
    } else {
        ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
        ck_assert_uint_eq(run.result.differences.n, 0);
    }
    run_end(&run);
}
END_TEST

static const struct {
    const char *rules[8];
    enum mode mode;
    enum err_class class;
    const char *text; /* part of the error */
} bad[] = {
    {{"pki/html"},
     FRESH,
     ERR_RETRY,
     RUN_URL ": PKIOperation: answered HTTP 200 with text/html \"<html><body>Welcome to the hotel"},
    {{"html"}, FRESH, ERR_RETRY, "which is not a CA certificate"},
    {{"pki/empty"}, FRESH, ERR_RETRY, "HTTP 200 with an empty body, which is not a SCEP answer"},
    {{"empty"}, FRESH, ERR_RETRY, "which is not a CA certificate"},
    {{"pki/garbage"}, FRESH, ERR_RETRY, "bytes of binary, which is not a SCEP answer"},
    {{"cacert/garbage"}, FRESH, ERR_RETRY, "bytes of binary, which is not a CA certificate"},
    {{"cacert/404"}, FRESH, ERR_CONFIG, "answered HTTP 404 with text \"no such thing here\""},
    {{"pki/500"}, FRESH, ERR_RETRY, "answered HTTP 500 with text \"internal error\""},
    {{"hang"}, FRESH, ERR_RETRY, RUN_URL ": GetCACaps: timed out"},
    {{"cacert/hang"}, FRESH, ERR_RETRY, RUN_URL ": GetCACert: timed out"},
    {{"pki/hang"}, FRESH, ERR_RETRY, RUN_URL ": PKIOperation: timed out"},
    {{"cacert/cut-off"}, FRESH, ERR_RETRY, RUN_URL ": GetCACert: connection cut off"},
    {{"pki/cut-off"}, FRESH, ERR_RETRY, RUN_URL ": PKIOperation: connection cut off"},
    {{"wrong-nonce"}, FRESH, ERR_RETRY, "recipientNonce is not the nonce that was sent"},
    {{"wrong-transaction"}, FRESH, ERR_RETRY, "transactionID is \"00ff00ff\""},
    {{"wrong-status"}, FRESH, ERR_CONFIG, "unknown pkiStatus \"7\""},
    {{"wrong-type"}, FRESH, ERR_CONFIG, "messageType \"19\""},
    {{"wrong-signer"},
     FRESH,
     ERR_CONFIG,
     "signed by neither the CA nor its RA, but by serial 01 of \"CN=Other Root\""},
    {{"bad-signature"}, FRESH, ERR_CONFIG, "signature is not right"},
    {{"no-envelope"}, FRESH, ERR_CONFIG, "says SUCCESS and has no envelope"},
    {{"other-key"}, FRESH, ERR_CONFIG, "certificate for another key: \"CN=alice\" (SHA-256 "},
    {{"other-ca"}, FRESH, ERR_CONFIG, "root does not vouch for certificate \"OU=Staff, CN=alice\""},
    {{"expired"}, FRESH, ERR_CONFIG, "certificate has expired"},
    {{"not-yet:7200"}, FRESH, ERR_CONFIG, "certificate is not yet valid"},
    {{"refuse:0"}, FRESH, ERR_CONFIG, "the CA refused the new request: badAlg"},
    {{"refuse:1"},
     FRESH,
     ERR_DENIED,
     "badMessageCheck (it could not verify the message or the challenge): not today"},
    {{"refuse:2"}, FRESH, ERR_DENIED, "badRequest"},
    {{"refuse:3"}, FRESH, ERR_RETRY, "badTime"},
    {{"refuse:4"}, FRESH, ERR_DENIED, "badCertId"},
    {{"refuse:7"}, FRESH, ERR_DENIED, "unknown failInfo \"7\""},
    {{"refuse:9"}, FRESH, ERR_DENIED, "no reason given, HRESULT 0x80070057 E_INVALIDARG"},
    {{"refuse-challenge"}, FRESH, ERR_DENIED, "badMessageCheck"},
    {{NULL}, POLL, ERR_DENIED, "the CA refused the poll: badCertId"},
    {{"old-certificate"},
     RENEW,
     ERR_CONFIG,
     "(before that: the CA gave back the old certificate (serial 64)"},
    {{"refuse:1"}, RENEW, ERR_DENIED, "the CA refused the new request: badMessageCheck"},
    {{"pki/500"}, RENEW, ERR_RETRY, "HTTP 500"},
    {{"wrong-nonce"}, RENEW, ERR_RETRY, "recipientNonce"},
};

START_TEST(says_what_is_wrong)
{
    struct run run;
    start(&run, bad[_i].rules, bad[_i].mode, fixture_key(FIXTURE_RSA_A));
    run_enrol(&run);
    ck_assert_msg(run.rc == -(int)bad[_i].class, "%d: %s", run.rc, run.err.text);
    ck_assert_int_eq(run.err.class, bad[_i].class);
    ck_assert_msg(strncmp(run.err.text, RUN_URL ": ", strlen(RUN_URL ": ")) == 0, "%s",
                  run.err.text);
    ck_assert_msg(strstr(run.err.text, bad[_i].text) != NULL, "%s", run.err.text);
    ck_assert_ptr_null(run.result.certificate);
    run_end(&run);
}
END_TEST

static const struct {
    const char *rules[8];
    enum mode mode;
    const char *log;
} asked_once[] = {
    {{"refuse:1"}, FRESH, "caps cacert challenge pki(PKCSReq refused)"},
    /* two of the three ways have it */
    {{"refuse:1"},
     RENEW,
     "caps cacert pki(RenewalReq refused) challenge pki(PKCSReq refused) pki(PKCSReq refused)"},
    /* an error may be all that a server has for a refusal; that it is busy is none */
    {{"pki/500"}, RENEW, "caps cacert pki(-) challenge pki(-) pki(-)"},
    {{"pki/503:3600"}, RENEW, "caps cacert pki(-)"},
    {{"no-caps"}, FRESH, "caps cacert challenge pki(-) pki(PKCSReq issued)"},
    {{"cacert/404"}, FRESH, "caps cacert"},
    {{"hang"}, FRESH, "caps"},
    {{"cacert/hang"}, FRESH, "caps cacert"},
    {{NULL}, RENEW, "caps cacert pki(RenewalReq issued)"},
    {{NULL}, POLL, "caps cacert pki(CertPoll refused)"},
};

START_TEST(a_challenge_is_asked_for_when_it_is_needed)
{
    struct run run;
    start(&run, asked_once[_i].rules, asked_once[_i].mode, fixture_key(FIXTURE_RSA_A));
    run_enrol(&run);
    ck_assert_str_eq(buf_text(&run.line.log), asked_once[_i].log);
    run_end(&run);
}
END_TEST

/* Everyone is told why a request failed. */
START_TEST(a_challenge_that_is_repeated_is_not_told)
{
    static const char *const refusing[8] = {"refuse:1"}; /* with the words "not today" */
    struct run run;
    start(&run, refusing, FRESH, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = "not today";
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_DENIED);
    ck_assert_ptr_null(strstr(run.err.text, "not today"));
    ck_assert_msg(strstr(run.err.text, RUN_URL ": "), "%s", run.err.text);
    ck_assert_msg(strstr(run.err.text, "badMessageCheck (it could not verify the message or the "
                                       "challenge): words that repeat a secret"),
                  "%s", run.err.text);
    run_end(&run);
}
END_TEST

/* A page that holds it is not shown, and not the challenge alone: the status still is. */
START_TEST(a_page_that_repeats_the_challenge_is_not_told)
{
    static const char *const failing[8] = {"pki/500"}; /* with the words "internal error" */
    struct run run;
    start(&run, failing, FRESH, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = "internal error";
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_RETRY);
    ck_assert_ptr_null(strstr(run.err.text, "internal error"));
    ck_assert_msg(strstr(run.err.text, "HTTP 500 with words that repeat a secret"), "%s",
                  run.err.text);
    run_end(&run);
}
END_TEST

/* Nor when another way of asking has a certificate come of it, and the refusal is a warning. */
START_TEST(a_challenge_that_is_repeated_is_no_warning)
{
    static const char *const refusing[8] = {"refuse-renewal"};
    struct run run;
    start(&run, refusing, RENEW, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = "not today";
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_uint_gt(run.result.warnings.n, 0);
    for (size_t i = 0; i < run.result.warnings.n; i++)
        ck_assert_msg(!strstr(run.result.warnings.v[i], "not today"), "%s",
                      run.result.warnings.v[i]);
    run_end(&run);
}
END_TEST

/* Nor its beginning, where there was no room for all that the server said. */
START_TEST(a_challenge_that_is_cut_off_is_not_told)
{
    static const char *const refusing[8] = {"refuse:1"};
    struct run run;
    start(&run, refusing, FRESH, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = "message or the challenge): not today, and much more";
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_DENIED);
    ck_assert_msg(!strstr(run.err.text, "not today"), "%s", run.err.text);
    run_end(&run);
}
END_TEST

/* What its source says is told as it is: the server has no part in it. */
START_TEST(a_missing_challenge_sends_nothing)
{
    static const char *const none[8] = {NULL}, *const refusing[8] = {"refuse-renewal"};
    struct run run;
    start(&run, none, FRESH, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = NULL;
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_DENIED);
    ck_assert_str_eq(run.err.text, "challenge: not for us");
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert challenge");
    run_end(&run);

    start(&run, refusing, RENEW, fixture_key(FIXTURE_RSA_A));
    run.line.challenge = NULL;
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_DENIED);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert pki(RenewalReq refused) challenge");
    ck_assert_msg(strncmp(run.err.text, "challenge: not for us (before that: ", 36) == 0, "%s",
                  run.err.text);
    run_end(&run);
}
END_TEST

START_TEST(a_truncated_answer_is_an_error)
{
    static const char *const none[8] = {NULL};
    static const size_t offsets[] = {1,   2,   3,   4,    10,   20,   40,   80,   160, 320,
                                     500, 700, 900, 1100, 1300, 1500, 1700, 1900, 2000};
    struct run run;
    for (size_t i = 0; i < LENGTH(offsets); i++) {
        start(&run, none, FRESH, fixture_key(FIXTURE_RSA_A));
        run.line.cut = offsets[i];
        run_enrol(&run);
        ck_assert_int_eq(run.rc, -ERR_RETRY);
        ck_assert_msg(strstr(run.err.text, "not a SCEP answer") != NULL, "%s", run.err.text);
        run_end(&run);
    }
}
END_TEST

START_TEST(a_pending_request_is_polled)
{
    static const char *const rules[8] = {"pending:2"};
    struct run run;
    start(&run, rules, FRESH, fixture_key(FIXTURE_RSA_A));
    static const char *const logs[] = {"caps cacert challenge pki(PKCSReq pending)",
                                       "caps cacert pki(CertPoll pending)",
                                       "caps cacert pki(CertPoll issued)"};
    for (size_t i = 0; i < LENGTH(logs); i++) {
        run.fixture.operation.poll = i > 0;
        run_enrol(&run);
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert_str_eq(buf_text(&run.line.log), logs[i]);
        ck_assert_int_eq(run.result.outcome, i == 2 ? SCEP_ISSUED : SCEP_PENDING);
        ck_assert((run.result.certificate != NULL) == (i == 2));
    }
    run_end(&run);
}
END_TEST

START_TEST(a_foreign_root_is_refused)
{
    static const char *const none[8] = {NULL};
    struct run run;
    struct ca *other = ca_new(NULL);
    start(&run, none, FRESH, fixture_key(FIXTURE_RSA_A));
    X509_free(sk_X509_pop(run.fixture.roots));
    X509_add_cert(run.fixture.roots, ca_certificate(other), X509_ADD_FLAG_UP_REF);
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_CONFIG);
    ck_assert_msg(strstr(run.err.text,
                         RUN_URL ": the profile's root does not vouch for certificate "
                                 "\"CN=Test Root\" (SHA-256 ") != NULL,
                  "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert"); /* and nothing was sent */
    run_end(&run);
    ca_free(other);
}
END_TEST

START_TEST(an_expired_certificate_asks_anew)
{
    static const char *const none[8] = {NULL};
    struct run run;
    ca_behave_well(ca);
    ck_assert(ca_behave(ca, "expired"));
    CLEANUP(X509_free_p) X509 *expired = ca_issue(ca, fixture_key(FIXTURE_RSA_B), "alice");
    start(&run, none, RENEW, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.old_certificate = expired;
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert challenge pki(PKCSReq issued)");
    run_end(&run);
}
END_TEST

START_TEST(an_ec_certificate_renews_itself)
{
    static const char *const none[8] = {NULL};
    struct run run;
    ca_behave_well(ca);
    CLEANUP(X509_free_p) X509 *ec = ca_issue(ca, fixture_key(FIXTURE_EC_B), "alice");
    start(&run, none, RENEW, fixture_key(FIXTURE_EC_A));
    run.fixture.operation.old_certificate = ec;
    run.fixture.operation.old_key = fixture_key(FIXTURE_EC_B);
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert pki(RenewalReq issued)");
    run_end(&run);
}
END_TEST

START_TEST(transaction_ids_are_of_the_key)
{
    char a[65], again[65], b[65];
    ck_assert_int_eq(scep_transaction_id(fixture_key(FIXTURE_RSA_A), a, NULL), 0);
    ck_assert_int_eq(scep_transaction_id(fixture_key(FIXTURE_RSA_A), again, NULL), 0);
    ck_assert_int_eq(scep_transaction_id(fixture_key(FIXTURE_EC_A), b, NULL), 0);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 64);
    ck_assert_str_eq(a, again);
    ck_assert_str_ne(a, b);
}
END_TEST

Suite *client_suite(void)
{
    Suite *suite = suite_create("scep/client");
    TCase *tc = tcase_create("client");
    tcase_add_unchecked_fixture(tc, make_ca, free_ca);
    tcase_add_loop_test(tc, gets_a_certificate, 0, LENGTH(good));
    tcase_add_loop_test(tc, a_strict_one_takes_nothing_else, 0, LENGTH(strict));
    tcase_add_loop_test(tc, says_what_is_wrong, 0, LENGTH(bad));
    tcase_add_loop_test(tc, a_challenge_is_asked_for_when_it_is_needed, 0, LENGTH(asked_once));
    tcase_add_test(tc, a_challenge_that_is_repeated_is_not_told);
    tcase_add_test(tc, a_page_that_repeats_the_challenge_is_not_told);
    tcase_add_test(tc, a_challenge_that_is_repeated_is_no_warning);
    tcase_add_test(tc, a_challenge_that_is_cut_off_is_not_told);
    tcase_add_test(tc, a_missing_challenge_sends_nothing);
    tcase_add_test(tc, a_truncated_answer_is_an_error);
    tcase_add_test(tc, a_pending_request_is_polled);
    tcase_add_test(tc, a_foreign_root_is_refused);
    tcase_add_test(tc, an_expired_certificate_asks_anew);
    tcase_add_test(tc, an_ec_certificate_renews_itself);
    tcase_add_test(tc, transaction_ids_are_of_the_key);
    suite_add_tcase(suite, tc);
    return suite;
}
