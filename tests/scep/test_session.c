/* What a profile says about servers, on whole enrolments: how weak they may be, which of their
 * certificates count, and what becomes of a transaction that came to a bad end. */
#include "scep/client.h"

#include "tests/scep/run.h"
#include "tests/suite.h"

#include <string.h>

static struct ca *ca;

static void make_ca(void)
{
    fixture_keys();
    ca = ca_new("opensesame");
}

static void free_ca(void)
{
    ca_free(ca);
}

static const struct {
    const char *rules[8];
    enum minimum_crypto minimum;
    const char *log, *text; /* of the error; NULL: it is issued */
} floors[] = {
    {{NULL}, MINIMUM_AES128_SHA256, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"ndes-caps"}, MINIMUM_DES3_SHA256, "caps cacert challenge pki(PKCSReq issued)", NULL},
    {{"ndes-caps"},
     MINIMUM_AES128_SHA256,
     "caps cacert",
     "the server offers DES3, POSTPKIOperation, Renewal, SHA-1, SHA-256, SHA-512, so that the "
     "request would go out with des-ede3-cbc and SHA-256, which is weaker than minimum-crypto = "
     "aes128-sha256: have it offer more, or lower minimum-crypto in the profile"},
    {{"no-caps"}, MINIMUM_DES3_SHA256, "caps cacert", "the server offers nothing"},
    {{"caps/html"}, MINIMUM_AES256_SHA256, "caps cacert", "weaker than minimum-crypto"},
    /* it answers with AES-128 whatever it is asked with */
    {{NULL},
     MINIMUM_AES256_SHA256,
     "caps cacert challenge pki(PKCSReq issued)",
     "the answer's envelope: aes-128-cbc is weaker than minimum-crypto = aes256-sha256"},
    {{"sha1"},
     MINIMUM_DES3_SHA256,
     "caps cacert challenge pki(PKCSReq issued)",
     "is signed with SHA-1, which is weaker than minimum-crypto = des3-sha256"},
};

/* What is below the minimum is neither sent nor taken. */
START_TEST(nothing_goes_below_the_minimum)
{
    struct run run;
    run_start(&run, ca, floors[_i].rules, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.strength.minimum = floors[_i].minimum;
    run_enrol(&run);
    ck_assert_str_eq(buf_text(&run.line.log), floors[_i].log);
    if (floors[_i].text) {
        ck_assert_int_eq(run.rc, -ERR_CONFIG);
        ck_assert_msg(strncmp(run.err.text, RUN_URL ": ", strlen(RUN_URL ": ")) == 0 &&
                          strstr(run.err.text, floors[_i].text),
                      "%s", run.err.text);
        ck_assert_ptr_null(run.result.certificate);
    } else {
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
    }
    run_end(&run);
}
END_TEST

static const struct {
    const char *rules[8];
    bool pin_ca;
    const char *text; /* of the error; NULL: it is issued */
} pinned[] = {
    {{NULL}, true, NULL},
    {{"bundle"}, true, NULL},
    {{NULL}, false, "has none of the fingerprints that ca-fingerprint names"},
    {{"ra"},
     true,
     "the server has a registration authority that requests cannot be encrypted to: certificate "
     "\"CN=Test RA\" (SHA-256 "},
    {{"two-ras"}, true, "\"CN=Test RA\\, encryption\" (SHA-256 "},
};

/* Under a root that is another's: the fingerprint is what counts, and what it issues. */
START_TEST(fingerprints_stand_in_for_a_chain)
{
    struct run run;
    struct ca *other = ca_new(NULL);
    uint8_t digest[32];
    char hex[65];
    CLEANUP(strings_free) struct strings names = {0};
    X509_digest(ca_certificate(pinned[_i].pin_ca ? ca : other), EVP_sha256(), digest, NULL);
    text_hex(digest, sizeof digest, hex);
    strings_add(&names, hex, NULL);
    run_start(&run, ca, pinned[_i].rules, fixture_key(FIXTURE_RSA_A));
    X509_free(sk_X509_pop(run.fixture.roots));
    X509_add_cert(run.fixture.roots, ca_certificate(other), X509_ADD_FLAG_UP_REF);
    run.fixture.operation.ca_fingerprints = &names;
    run_enrol(&run);
    if (pinned[_i].text) {
        ck_assert_int_eq(run.rc, -ERR_CONFIG);
        ck_assert_msg(strstr(run.err.text, pinned[_i].text), "%s", run.err.text);
        ck_assert_str_eq(buf_text(&run.line.log), "caps cacert");
    } else {
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
    }
    run_end(&run);
    ca_free(other);
}
END_TEST

static const struct {
    const char *rule;
    bool over; /* the CA is done with the transaction */
    const char *text;
} ends[] = {
    {"other-key", true, "certificate for another key"},
    {"other-ca", true, "root does not vouch"},
    {"expired", true, "certificate has expired"},
    /* time may heal it */
    {"not-yet:7200", false, "certificate is not yet valid"},
    {"refuse:2", false, "badRequest"},
    {"wrong-nonce", false, "recipientNonce"},
};

/* To poll on would bring the same certificate for ever. */
START_TEST(a_certificate_of_no_use_ends_the_transaction)
{
    struct run run;
    const char *const pending[8] = {"pending:1"}, *const rules[8] = {ends[_i].rule};
    for (int poll = 0; poll < 2; poll++) {
        run_start(&run, ca, pending, fixture_key(FIXTURE_RSA_A));
        if (poll) {
            run_enrol(&run);
            ck_assert_msg(run.rc == 0 && run.result.outcome == SCEP_PENDING, "%s", run.err.text);
        }
        run.fixture.operation.poll = poll;
        run_rules(ca, rules);
        run_enrol(&run);
        ck_assert_int_lt(run.rc, 0);
        ck_assert_msg(strncmp(run.err.text, RUN_URL ": ", strlen(RUN_URL ": ")) == 0 &&
                          strstr(run.err.text, ends[_i].text),
                      "%s", run.err.text);
        ck_assert((run.result.outcome == SCEP_REJECTED) == ends[_i].over);
        ck_assert_ptr_null(run.result.certificate);
        run_end(&run);
    }
}
END_TEST

/* Some servers know no CA of a name that others take for theirs. */
START_TEST(a_ca_that_is_not_known_is_named)
{
    static const char *const rules[8] = {"cacert/404"};
    struct run run;
    run_start(&run, ca, rules, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.ca_ident = "issuing ca";
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_CONFIG);
    ck_assert_msg(strstr(run.err.text, RUN_URL ": GetCACert: asked for ca-ident = issuing ca: "
                                               "answered HTTP 404") == run.err.text,
                  "%s", run.err.text);
    run_end(&run);
}
END_TEST

Suite *session_suite(void)
{
    Suite *suite = suite_create("scep/session");
    TCase *tc = tcase_create("session");
    tcase_add_unchecked_fixture(tc, make_ca, free_ca);
    tcase_add_loop_test(tc, nothing_goes_below_the_minimum, 0, LENGTH(floors));
    tcase_add_loop_test(tc, fingerprints_stand_in_for_a_chain, 0, LENGTH(pinned));
    tcase_add_loop_test(tc, a_certificate_of_no_use_ends_the_transaction, 0, LENGTH(ends));
    tcase_add_test(tc, a_ca_that_is_not_known_is_named);
    suite_add_tcase(suite, tc);
    return suite;
}
