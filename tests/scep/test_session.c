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
    {{"dogtag-caps", "get-only"},
     MINIMUM_DES3_SHA256,
     "caps cacert challenge pki(PKCSReq issued)",
     NULL},
    {{"dogtag-caps", "get-only"}, MINIMUM_AES128_SHA256, "caps cacert", "minimum-crypto"},
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
    enum minimum_crypto minimum;
    const char *warning, *rejection; /* NULL: there is none */
} answers[] = {
    {{"sha1-issuer"},
     MINIMUM_DES3_SHA1,
     "signed with SHA-1, which is broken: certificate \"CN=SHA-1 CA\" (SHA-256 ",
     NULL},
    {{"sha1-issuer"},
     MINIMUM_DES3_SHA256,
     NULL,
     "is signed with SHA-1, which is weaker than minimum-crypto = des3-sha256 allows"},
    {{"sha1"}, MINIMUM_DES3_SHA1, NULL, NULL}, /* that is a difference */
};

/* Issuers that only the answer holds are measured as the others are. */
START_TEST(what_comes_with_the_certificate)
{
    struct run run;
    run_start(&run, ca, answers[_i].rules, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.strength.minimum = answers[_i].minimum;
    run_enrol(&run);
    ck_assert_int_eq(run.rc == 0, answers[_i].rejection == NULL);
    if (answers[_i].rejection)
        ck_assert_msg(strstr(run.err.text, answers[_i].rejection), "%s", run.err.text);
    ck_assert_uint_eq(run.result.warnings.n, answers[_i].warning != NULL);
    if (answers[_i].warning)
        ck_assert_ptr_nonnull(strstr(run.result.warnings.v[0], answers[_i].warning));
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
    {"namesake", true, "certificate signature failure"},
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

/* A server that shows another's certificate only; what was told before helps. */
START_TEST(a_ca_that_was_told_before_is_chosen)
{
    static const char *const rules[8] = {"other-root"};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *known = sk_X509_new_null();
    struct run run;
    X509_add_cert(known, ca_certificate(ca), X509_ADD_FLAG_UP_REF);
    run_start(&run, ca, rules, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.known = known;
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
    run_end(&run);
}
END_TEST

/* How long every answer is; and the last message that went out. */
static struct {
    size_t len;
    struct buf sent;
} heard;

static int answer_at_length(void *context, const struct scep_http *call, struct scep_answer *ret,
                            struct err *err)
{
    (void)context, (void)call;
    ret->status = 200;
    int rc = buf_reserve(&ret->body, heard.len, err);
    if (rc == 0)
        memset(ret->body.data, 'x', heard.len);
    ret->body.len = rc == 0 ? heard.len : 0;
    return rc;
}

static const struct {
    size_t len;
    const char *text;
} lengths[] = {
    {1024 * 1024, "GetCACert: answered HTTP 200 with text \"xxx"},
    {1024 * 1024 + 1, "GetCACert: the answer has 1048577 bytes, more than 1048576"},
};

/* The transport has a limit of its own, which is not the one that counts here. */
START_TEST(no_answer_is_longer_than_it_may_be)
{
    static const char *const none[8] = {NULL};
    struct run run;
    run_start(&run, ca, none, fixture_key(FIXTURE_EC_A));
    run.fixture.operation.transport = answer_at_length;
    heard.len = lengths[_i].len;
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_RETRY);
    ck_assert_msg(strstr(run.err.text, lengths[_i].text), "%s", run.err.text);
    run_end(&run);
}
END_TEST

static int hear(void *context, const struct scep_http *call, struct scep_answer *ret,
                struct err *err)
{
    if (call->body) {
        buf_clear(&heard.sent);
        ck_assert_int_eq(buf_add(&heard.sent, call->body->data, call->body->len, NULL), 0);
    }
    return line_call(context, call, ret, err);
}

/* The certificate that is made before the server is asked has the hash that was wished for, and
 * goes out only where the server knows it. */
START_TEST(nothing_goes_out_with_a_hash_that_is_not_offered)
{
    static const struct {
        const char *rules[8];
        int digest;
    } rows[] = {{{"caps-crlf"}, NID_sha256}, {{NULL}, NID_sha512}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct run run;
        int digest = NID_undef;
        run_start(&run, ca, rows[i].rules, fixture_key(FIXTURE_RSA_A));
        run.fixture.operation.transport = hear;
        run.fixture.operation.hash = HASH_SHA512;
        run_enrol(&run);
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        const uint8_t *at = heard.sent.data;
        CLEANUP(CMS_ContentInfo_free_p)
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)heard.sent.len);
        CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = CMS_get1_certs(cms);
        ck_assert_int_eq(
            X509_get_signature_info(sk_X509_value(certificates, 0), &digest, NULL, NULL, NULL), 1);
        ck_assert_int_eq(digest, rows[i].digest);
        run_end(&run);
    }
    buf_free(&heard.sent);
}
END_TEST

START_TEST(the_first_url_that_answers_serves_all)
{
    static const char *const none[8] = {NULL};
    struct run run;
    run_start(&run, ca, none, fixture_key(FIXTURE_RSA_A));
    run.line.dead_host = "dead.test";
    strings_free(&run.fixture.urls);
    strings_add(&run.fixture.urls, "http://dead.test/scep", NULL);
    strings_add(&run.fixture.urls, "http://ca.test/scep?site=1", NULL);
    strings_add(&run.fixture.urls, "http://never.test/scep", NULL);
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(run.result.url, "http://ca.test/scep?site=1");
    ck_assert_str_eq(buf_text(&run.line.log),
                     "dead dead caps cacert challenge pki(PKCSReq issued)");
    run_end(&run);
}
END_TEST

/* What becomes of a URL that does not answer GetCACaps as it should, when there is another. */
static const struct {
    const char *rules[8];
    const char *log;
    bool moves_on;
} first_words[] = {
    {{"caps/hang"}, "caps caps", true},
    {{"hang"}, "caps caps", true},
    {{"caps/close", "cacert/close"}, "caps cacert caps cacert", true},
    {{"caps/close", "cacert/hang"}, "caps cacert caps cacert", true},
    /* these are "no capabilities" */
    {{"caps/close", "get-only"}, "caps cacert challenge pki(PKCSReq issued)", false},
    {{"caps/empty", "get-only"}, "caps cacert challenge pki(PKCSReq issued)", false},
    {{"caps/404", "get-only"}, "caps cacert challenge pki(PKCSReq issued)", false},
    {{"caps/500", "get-only"}, "caps cacert challenge pki(PKCSReq issued)", false},
    /* who has answered once is not passed over: the request fails */
    {{"cacert/hang"}, "caps cacert", false},
    {{"caps/404", "cacert/close"}, "caps cacert", false},
};

START_TEST(an_url_that_hangs_is_asked_once)
{
    struct run run;
    run_start(&run, ca, first_words[_i].rules, fixture_key(FIXTURE_RSA_A));
    strings_add(&run.fixture.urls, "http://other.test/scep", NULL);
    run_enrol(&run);
    ck_assert_str_eq(buf_text(&run.line.log), first_words[_i].log);
    if (first_words[_i].moves_on)
        ck_assert_msg(strstr(run.err.text, RUN_URL ": GetCAC") &&
                          strstr(run.err.text, "; http://other.test/scep: GetCAC"),
                      "%s", run.err.text);
    run_end(&run);
}
END_TEST

START_TEST(when_no_url_answers_each_is_named)
{
    static const char *const none[8] = {NULL};
    struct run run;
    run_start(&run, ca, none, fixture_key(FIXTURE_RSA_A));
    run.line.dead_host = "dead";
    strings_free(&run.fixture.urls);
    strings_add(&run.fixture.urls, "http://dead1.test/scep", NULL);
    strings_add(&run.fixture.urls, "http://dead2.test/scep", NULL);
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_RETRY);
    ck_assert_str_eq(run.err.text, "http://dead1.test/scep: GetCACert: connection refused; "
                                   "http://dead2.test/scep: GetCACert: connection refused");
    run_end(&run);
}
END_TEST

static const struct {
    const char *ident, *url;
} idents[] = {
    {NULL, RUN_URL "?operation=GetCACert&message="}, /* some want it to be there */
    {"", RUN_URL "?operation=GetCACert&message="},
    {"issuing ca", RUN_URL "?operation=GetCACert&message=issuing%20ca"},
    {"a+b/c=d&e", RUN_URL "?operation=GetCACert&message=a%2Bb%2Fc%3Dd%26e"},
};

START_TEST(a_ca_is_asked_for_by_its_name)
{
    static const char *const none[8] = {NULL};
    struct run run;
    run_start(&run, ca, none, fixture_key(FIXTURE_RSA_A));
    run.fixture.operation.ca_ident = idents[_i].ident;
    run_enrol(&run);
    ck_assert_msg(run.rc == 0, "%s", run.err.text);
    ck_assert_str_eq(buf_text(&run.line.ca_cert), idents[_i].url);
    run_end(&run);
}
END_TEST

Suite *session_suite(void)
{
    Suite *suite = suite_create("scep/session");
    TCase *tc = tcase_create("session");
    tcase_add_unchecked_fixture(tc, make_ca, free_ca);
    tcase_add_loop_test(tc, nothing_goes_below_the_minimum, 0, LENGTH(floors));
    tcase_add_loop_test(tc, what_comes_with_the_certificate, 0, LENGTH(answers));
    tcase_add_loop_test(tc, fingerprints_stand_in_for_a_chain, 0, LENGTH(pinned));
    tcase_add_loop_test(tc, a_certificate_of_no_use_ends_the_transaction, 0, LENGTH(ends));
    tcase_add_test(tc, a_ca_that_is_not_known_is_named);
    tcase_add_test(tc, a_ca_that_was_told_before_is_chosen);
    tcase_add_loop_test(tc, no_answer_is_longer_than_it_may_be, 0, LENGTH(lengths));
    tcase_add_test(tc, nothing_goes_out_with_a_hash_that_is_not_offered);
    tcase_add_test(tc, the_first_url_that_answers_serves_all);
    tcase_add_loop_test(tc, an_url_that_hangs_is_asked_once, 0, LENGTH(first_words));
    tcase_add_test(tc, when_no_url_answers_each_is_named);
    tcase_add_loop_test(tc, a_ca_is_asked_for_by_its_name, 0, LENGTH(idents));
    suite_add_tcase(suite, tc);
    return suite;
}
