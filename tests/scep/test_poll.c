/* Polls, whole, after requests that the CA has put off: signed by whom, and answered to whom. */
#include "tests/scep/run.h"
#include "tests/suite.h"

#include <string.h>

static struct ca *ca;
static EVP_PKEY *old_keys[2]; /* RSA, EC */
static X509 *certificates[2];

static void make_all(void)
{
    fixture_keys();
    ca = ca_new("opensesame");
    old_keys[0] = fixture_key(FIXTURE_RSA_C);
    old_keys[1] = fixture_key(FIXTURE_EC_B);
    for (int i = 0; i < 2; i++)
        certificates[i] = ca_issue(ca, old_keys[i], "alice");
}

static void free_all(void)
{
    for (int i = 0; i < 2; i++)
        X509_free(certificates[i]);
    ca_free(ca);
}

/* What a person's program keeps between two tries. */
static void poll_with(struct run *run, struct scep_result *first)
{
    struct scep_operation *operation = &run->fixture.operation;
    operation->poll = true;
    operation->message_key = first->message_key;
    if (!first->by_old) {
        operation->old_certificate = NULL;
        operation->old_key = NULL;
    }
}

enum { FRESH = -1, RSA_OLD, EC_OLD };

static const struct {
    const char *rules[8];
    int old;
    bool by_old;
    const char *first, *poll;
    bool good;
} polls[] = {
    {{"same-signer"}, FRESH, false, "challenge pki(PKCSReq pending)", "pki(CertPoll issued)", true},
    {{"to-first"}, FRESH, false, "challenge pki(PKCSReq pending)", "pki(CertPoll issued)", true},
    {{"same-signer"}, RSA_OLD, true, "pki(RenewalReq pending)", "pki(CertPoll issued)", true},
    {{"to-first"}, RSA_OLD, true, "pki(RenewalReq pending)", "pki(CertPoll issued)", true},
    {{"same-signer"}, EC_OLD, true, "pki(RenewalReq pending)", "pki(CertPoll issued)", true},
    {{"to-first"}, EC_OLD, true, "pki(RenewalReq pending)", "pki(CertPoll issued)", true},
    {{"to-first", "no-renewal"},
     EC_OLD,
     true,
     "pki(PKCSReq pending)",
     "pki(CertPoll issued)",
     true},
    {{"same-signer", "rsa-only"},
     EC_OLD,
     false,
     "pki(RenewalReq refused) challenge pki(PKCSReq refused) pki(PKCSReq pending)",
     "pki(CertPoll issued)",
     true},
    /* An answer that the old key cannot open may yet be had by another. */
    {{"mqv"},
     EC_OLD,
     true,
     "pki(RenewalReq pending)",
     "pki(CertPoll issued) pki(CertPoll issued)",
     true},
    {{"mqv", "same-signer"},
     EC_OLD,
     true,
     "pki(RenewalReq pending)",
     "pki(CertPoll issued) pki(CertPoll refused)",
     false},
};

START_TEST(is_signed_as_its_request_was)
{
    static const int keys[] = {FIXTURE_RSA_A, FIXTURE_EC_A};
    for (size_t i = 0; i < LENGTH(keys); i++) {
        struct run run;
        int old = polls[_i].old;
        run_start(&run, ca, polls[_i].rules, fixture_key(keys[i]));
        ck_assert(ca_behave(ca, "pending:1"));
        if (old >= 0) {
            run.fixture.operation.old_certificate = certificates[old];
            run.fixture.operation.old_key = old_keys[old];
        }
        run_enrol(&run);
        autofree char *first_log = text_format("caps cacert %s", polls[_i].first);
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert_str_eq(buf_text(&run.line.log), first_log);
        ck_assert_int_eq(run.result.outcome, SCEP_PENDING);
        ck_assert_int_eq(run.result.by_old, polls[_i].by_old);
        /* An EC key signs no message of its own. */
        ck_assert((run.result.message_key != NULL) ==
                  (!polls[_i].by_old && keys[i] == FIXTURE_EC_A));

        struct scep_result first = run.result;
        run.result = (struct scep_result){0};
        poll_with(&run, &first);
        run_enrol(&run);
        autofree char *poll_log = text_format("caps cacert %s", polls[_i].poll);
        ck_assert_str_eq(buf_text(&run.line.log), poll_log);
        ck_assert_msg((run.rc == 0) == polls[_i].good, "%s", run.err.text);
        if (polls[_i].good)
            ck_assert_int_eq(run.result.outcome, SCEP_ISSUED);
        scep_result_free(&first);
        run_end(&run);
    }
}
END_TEST

START_TEST(goes_on_with_one_temporary_key)
{
    static const char *const rules[8] = {"pending:3", "same-signer"};
    struct run run;
    run_start(&run, ca, rules, fixture_key(FIXTURE_EC_A));
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    for (int i = 0; i < 3; i++) {
        run.fixture.operation.poll = i > 0;
        run.fixture.operation.message_key = key;
        run_enrol(&run);
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert_int_eq(run.result.outcome, SCEP_PENDING);
        ck_assert_ptr_nonnull(run.result.message_key);
        ck_assert(!key || EVP_PKEY_eq(run.result.message_key, key) == 1);
        ck_assert((run.result.key_ms > 0) <= (i == 0));
        if (!key)
            ck_assert(EVP_PKEY_up_ref(key = run.result.message_key));
    }
    run_end(&run);
}
END_TEST

START_TEST(another_signer_is_refused)
{
    static const char *const rules[8] = {"pending:1", "same-signer"};
    struct run run;
    run_start(&run, ca, rules, fixture_key(FIXTURE_EC_A));
    run_enrol(&run);
    run.fixture.operation.poll = true;
    run_enrol(&run);
    ck_assert_int_eq(run.rc, -ERR_DENIED);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert pki(CertPoll refused)");
    run_end(&run);
}
END_TEST

/* It is the CA's last word, whoever signed. */
START_TEST(a_wrong_certificate_ends_it)
{
    static const char *const rules[8] = {"pending:1"};
    for (int old = FRESH; old <= EC_OLD; old++) {
        struct run run;
        run_start(&run, ca, rules, fixture_key(FIXTURE_RSA_A));
        if (old >= 0) {
            run.fixture.operation.old_certificate = certificates[old];
            run.fixture.operation.old_key = old_keys[old];
        }
        run_enrol(&run);
        ck_assert_msg(run.rc == 0, "%s", run.err.text);
        ck_assert(ca_behave(ca, "other-key"));
        run.fixture.operation.poll = true;
        run_enrol(&run);
        ck_assert_str_eq(buf_text(&run.line.log), "caps cacert pki(CertPoll issued)");
        ck_assert_int_eq(run.result.outcome, SCEP_REJECTED);
        ck_assert_msg(strstr(run.err.text, "certificate for another key"), "%s", run.err.text);
        run_end(&run);
    }
}
END_TEST

/* What has signed the request signs the polls, though it has expired since. */
START_TEST(the_old_certificate_may_have_expired)
{
    static const char *const rules[8] = {"pending:1", "same-signer"};
    struct run run;
    CLEANUP(X509_free_p) X509 *expired = X509_dup(certificates[EC_OLD]);
    ck_assert(X509_gmtime_adj(X509_getm_notAfter(expired), -10));
    run_start(&run, ca, rules, fixture_key(FIXTURE_EC_A));
    struct scep_operation *operation = &run.fixture.operation;
    operation->old_certificate = certificates[EC_OLD];
    operation->old_key = old_keys[EC_OLD];
    run_enrol(&run);
    ck_assert(run.result.by_old);
    operation->poll = true;
    operation->old_certificate = expired;
    run_enrol(&run);
    ck_assert_str_eq(buf_text(&run.line.log), "caps cacert pki(CertPoll issued)");
    run_end(&run);
}
END_TEST

Suite *poll_suite(void)
{
    Suite *suite = suite_create("scep/poll");
    TCase *tc = tcase_create("poll");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, is_signed_as_its_request_was, 0, LENGTH(polls));
    tcase_add_test(tc, goes_on_with_one_temporary_key);
    tcase_add_test(tc, another_signer_is_refused);
    tcase_add_test(tc, a_wrong_certificate_ends_it);
    tcase_add_test(tc, the_old_certificate_may_have_expired);
    suite_add_tcase(suite, tc);
    return suite;
}
