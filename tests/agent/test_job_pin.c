/* Jobs of profiles whose key asks for a PIN, with a TPM in software. */
#include "agent/cycle.h"
#include "agent/job.h"
#include "agent/pin.h"
#include "agent/report.h"
#include "base/json.h"
#include "store/key.h"
#include "store/tpm_pin.h"
#include "tests/agent/site.h"
#include "tests/swtpm.h"

#define PIN "secret-12"

static const struct owner alice = {.uid = SITE_ALICE};

static void put_mail(struct site *s, const char *lines)
{
    autofree char *text = text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\n"
                                      "subject = CN={{UserName}}\nkey-storage = tpm-pin\n%s\n",
                                      site_url(), lines);
    site_put(s, "conf.d/mail.conf", text);
}

static char told[256]; /* the last line of progress */

static void hear(void *context, const char *text)
{
    (void)context;
    snprintf(told, sizeof told, "%s", text);
}

static struct buf buf_of(const char *text)
{
    return (struct buf){.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
}

/* PIN may be NULL. */
static int run_as(struct site *s, enum engine_mode mode, const char *text, bool named)
{
    const struct buf pin = buf_of(text ? text : "");
    site_load(s);
    struct job job = site_job(s, "mail", mode);
    job.owner = alice;
    job.user = "alice";
    job.pin = text ? &pin : NULL;
    job.named = named;
    job.progress = hear;
    s->err = (struct err){0};
    told[0] = 0;
    return job_run(&job, &s->next, &s->err);
}

static int run(struct site *s, enum engine_mode mode, const char *pin)
{
    return run_as(s, mode, pin, false);
}

static int give(struct site *s, const char *pin)
{
    return run_as(s, ENGINE_RENEW, pin, true);
}

#define ENTRY(name, s)                                                                             \
    CLEANUP(entry_close) struct entry name = {.fd = -1, .lock = -1};                               \
    site_ok(s, entry_open(&(s).agent.store, &(struct entry_id){alice, "mail"}, false, &name,       \
                          &(s).err))

static struct entry_state state_of(struct site *s)
{
    ENTRY(entry, *s);
    struct entry_state state;
    site_ok(*s, entry_state_read(&entry, &state, &s->err));
    return state;
}

static unsigned current(struct site *s)
{
    ENTRY(entry, *s);
    unsigned number = 0;
    site_ok(*s, entry_current(&entry, &number, &s->err));
    return number;
}

/* The current key opens with this PIN, and its certificate is its own. */
static void opens(struct site *s, const char *text)
{
    ENTRY(entry, *s);
    CLEANUP(generation_free) struct generation g = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    const struct buf pin = buf_of(text);
    enum pin_verdict verdict = 0;
    site_ok(*s, entry_read(&entry, current(s), PART_ALL, &g, &s->err));
    ck_assert_str_eq(json_text(g.meta, "key_storage", ""), "tpm-pin");
    site_ok(*s, key_from_pem_with_pin(&g.key_pem, &pin, &key, &s->err));
    site_ok(*s, tpm_pin_try(key, &verdict, &s->err));
    ck_assert_int_eq(verdict, PIN_ACCEPTED);
    site_ok(*s, certificate_from_pem(&g.cert_pem, &certificate, &s->err));
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(certificate), key), 1);
}

static void awaits(struct site *s, const char *reason)
{
    struct entry_state state = state_of(s);
    ck_assert_int_eq(state.wait, WAIT_PIN);
    ck_assert_msg(strstr(state.reason, reason), "%s", state.reason);
    ck_assert_int_eq(state.next_attempt, 0);
}

static const char *const kinds[] = {"", "key-type = ec", "key-type = ec\nkey-size = 384"};

START_TEST(waits_for_its_user_and_is_issued)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, kinds[_i]);
    for (unsigned i = 0; i < 2; i++) {
        site_ok(s, run(&s, ENGINE_CYCLE, NULL));
        awaits(&s, "choose a PIN: signet pin mail");
        ck_assert_str_eq(told, "mail: choose a PIN: signet pin mail");
        ck_assert_int_eq(s.next, 0);
    }
    ck_assert_uint_eq(site_asked("PKIOperation"), 0);
    ck_assert_int_eq(run_as(&s, ENGINE_CYCLE, NULL, true), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(s.err.text, "choose a PIN"));

    site_ok(s, give(&s, PIN));
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    ck_assert_int_eq(state_of(&s).phase, PHASE_INSTALLED);
    ck_assert_int_eq(state_of(&s).wait, WAIT_NOTHING);
    opens(&s, PIN);
    site_ok(s, run(&s, ENGINE_CYCLE, NULL)); /* nothing is due */
    ck_assert_int_gt(s.next, 0);
    ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(renews_with_the_same_pin_only)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, kinds[_i]);
    site_ok(s, give(&s, PIN));
    ck_assert_int_eq(run_as(&s, ENGINE_RENEW, NULL, true), -ERR_CONFIG);
    awaits(&s, "renewal needs your PIN: signet pin mail");
    ck_assert_int_eq(give(&s, "guessed"), -ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(s.err.text, "the PIN is wrong"));
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);
    awaits(&s, "renewal needs your PIN: signet pin mail");
    ck_assert_uint_eq(current(&s), 1);
    site_ok(s, give(&s, PIN));
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    ck_assert_uint_eq(current(&s), 2);
    opens(&s, PIN);
}
END_TEST

START_TEST(a_locked_tpm_is_told)
{
    SWTPM(swtpm);
    SITE(s);
    int rc;
    put_mail(&s, "key-type = ec");
    site_ok(s, give(&s, PIN));
    for (unsigned i = 0; (rc = give(&s, "guessed")) == -ERR_DENIED; i++) {
        ck_assert_uint_lt(i, 64);
        ck_assert_int_eq(truncate(swtpm.wrong_pins, 0), 0); /* as if hours had passed */
    }
    ck_assert_int_eq(rc, -ERR_RETRY);
    ck_assert_ptr_nonnull(strstr(s.err.text, "the TPM has had too many wrong PINs"));
    ck_assert_uint_eq(current(&s), 1);
    ck_assert_int_eq(state_of(&s).phase, PHASE_INSTALLED);
}
END_TEST

START_TEST(wrong_ones_have_to_wait)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, "key-type = ec");
    site_ok(s, give(&s, PIN));
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(give(&s, "guessed"), -ERR_DENIED);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(give(&s, i ? "guessed" : PIN), -ERR_RETRY);
        ck_assert_ptr_nonnull(strstr(s.err.text, "too many wrong PINs; the next one"));
    }
    ck_assert_uint_eq(current(&s), 1);
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);
}
END_TEST

/* Polls are the clock's, and the PIN has long been forgotten. */
START_TEST(a_pending_request_needs_none)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, kinds[_i]);
    site_behave("pending:2\nsame-signer\n");
    site_ok(s, give(&s, PIN));
    ck_assert_int_eq(state_of(&s).phase, PHASE_PENDING);
    struct entry_state before = state_of(&s);
    for (unsigned i = 0; i < 4 && state_of(&s).phase == PHASE_PENDING; i++)
        site_ok(s, run(&s, ENGINE_RENEW, NULL));
    ck_assert_int_eq(state_of(&s).phase, PHASE_INSTALLED);
    ck_assert_str_eq(state_of(&s).transaction_id, before.transaction_id);
    opens(&s, PIN);
}
END_TEST

START_TEST(a_pending_key_that_is_gone)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, "key-type = ec");
    site_behave("pending\n");
    site_ok(s, give(&s, PIN));
    autofree char *path = text_format("users/%d/mail/pending", SITE_ALICE);
    ck_assert_int_eq(fs_remove_tree(s.agent.store.fd, path, NULL), 0);
    ck_assert_int_lt(run(&s, ENGINE_RENEW, NULL), 0);
    awaits(&s, "to try again: signet pin mail");
    site_behave("");
    site_ok(s, give(&s, "another-1")); /* chosen anew */
    opens(&s, "another-1");
}
END_TEST

/* What fails with the PIN at hand is not tried again without; the next PIN may be another. */
static const struct {
    const char *rules, *reason;
} failures[] = {
    {"500\n", "HTTP status 500"},
    {"refuse\n", "refused"},
};

START_TEST(a_failure_is_left_to_the_user)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, "key-type = ec");
    site_behave(failures[_i].rules);
    ck_assert_int_lt(give(&s, PIN), 0);
    ck_assert_ptr_nonnull(strstr(s.err.text, "to try again: signet pin mail"));
    awaits(&s, "to try again: signet pin mail");
    char before[ERR_TEXT_MAX];
    snprintf(before, sizeof before, "%s", state_of(&s).reason);
    unsigned asked = site_asked("PKIOperation");
    site_behave("");
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    ck_assert_uint_eq(site_asked("PKIOperation"), asked);
    ck_assert_str_eq(state_of(&s).reason, before); /* stays told */
    site_ok(s, give(&s, "another-1"));
    opens(&s, "another-1");
}
END_TEST

START_TEST(a_profile_that_becomes_one)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, "");
    autofree char *text = text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\n"
                                      "subject = CN={{UserName}}\nkey-storage = tpm\n",
                                      site_url());
    site_put(&s, "conf.d/mail.conf", text);
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    ck_assert_uint_eq(current(&s), 1);
    ck_assert_int_eq(run_as(&s, ENGINE_RENEW, PIN, true), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(s.err.text, "asks for no PIN"));
    put_mail(&s, "");
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    awaits(&s, "renewal needs your PIN");
    site_ok(s, give(&s, PIN));
    opens(&s, PIN);
    site_put(&s, "conf.d/mail.conf", text); /* and back */
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    ck_assert_uint_eq(current(&s), 3);
    ck_assert_int_eq(state_of(&s).wait, WAIT_NOTHING);
}
END_TEST

/* Another machine's TPM: the certificate is asked for anew, with a PIN that is chosen anew. */
START_TEST(a_key_that_is_lost)
{
    SWTPM(first);
    SITE(s);
    put_mail(&s, "key-type = ec");
    site_ok(s, give(&s, PIN));
    SWTPM(second);
    site_ok(s, give(&s, "another-1"));
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 2);
    opens(&s, "another-1");
}
END_TEST

static const char *const no_pins[] = {"", "12345", "012345678901234567890123456789012", "123456\n"};

START_TEST(what_is_no_pin_changes_nothing)
{
    SWTPM(swtpm);
    SITE(s);
    put_mail(&s, "key-type = ec");
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    ck_assert_int_eq(give(&s, no_pins[_i]), -ERR_CONFIG);
    awaits(&s, "choose a PIN");
    ck_assert_uint_eq(site_asked("PKIOperation"), 0);
}
END_TEST

START_TEST(no_tpm)
{
    SITE(s);
    swtpm_none();
    put_mail(&s, "key-type = ec");
    ck_assert_int_eq(give(&s, PIN), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(s.err.text, "there is no TPM"));
    awaits(&s, "there is no TPM");
}
END_TEST

static json_t *report(struct site *s)
{
    json_t *list = json_array();
    site_load(s);
    site_ok(*s, report_owner(&s->agent, &alice, "mail", false, list, &s->err));
    ck_assert_uint_eq(json_array_size(list), 1);
    return list;
}

static void reports(struct site *s, const char *state, const char *reason, bool own)
{
    autojson *list = report(s);
    const json_t *entry = json_array_get(list, 0);
    ck_assert_str_eq(json_text(entry, "state", ""), state);
    ck_assert_msg(strstr(json_text(entry, "reason", ""), reason), "%s",
                  json_text(entry, "reason", ""));
    if (json_object_get(entry, "token"))
        ck_assert_int_eq(strcmp(json_text(entry, "token", ""), "mail") == 0, own);
}

START_TEST(what_is_reported)
{
    SWTPM(swtpm);
    SITE(s);
    site_alice(&s);
    put_mail(&s, "key-type = ec");
    reports(&s, "waiting", "choose a PIN: signet pin mail", true);
    site_ok(s, run(&s, ENGINE_CYCLE, NULL));
    reports(&s, "waiting", "choose a PIN: signet pin mail", true);
    site_behave("500\n");
    ck_assert_int_lt(give(&s, PIN), 0);
    reports(&s, "error", "to try again: signet pin mail", true);
    site_behave("");
    site_ok(s, give(&s, PIN));
    reports(&s, "installed", "", true);
    ck_assert_int_lt(run_as(&s, ENGINE_RENEW, NULL, true), 0);
    reports(&s, "renewing", "renewal needs your PIN: signet pin mail", true);
    autojson *list = report(&s);
    ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "next"));
    ck_assert_str_eq(json_text(json_array_get(list, 0), "key_storage", ""), "tpm-pin");
}
END_TEST

Suite *job_pin_suite(void)
{
    Suite *s = suite_create("agent/job, PIN");
    TCase *c = tcase_create("pins");
    tcase_add_unchecked_fixture(c, site_ca_start, site_ca_stop);
    tcase_add_loop_test(c, waits_for_its_user_and_is_issued, 0, LENGTH(kinds));
    tcase_add_loop_test(c, renews_with_the_same_pin_only, 0, LENGTH(kinds));
    tcase_add_test(c, a_locked_tpm_is_told);
    tcase_add_test(c, wrong_ones_have_to_wait);
    tcase_add_loop_test(c, a_pending_request_needs_none, 0, LENGTH(kinds));
    tcase_add_test(c, a_pending_key_that_is_gone);
    tcase_add_loop_test(c, a_failure_is_left_to_the_user, 0, LENGTH(failures));
    tcase_add_test(c, a_profile_that_becomes_one);
    tcase_add_test(c, a_key_that_is_lost);
    tcase_add_loop_test(c, what_is_no_pin_changes_nothing, 0, LENGTH(no_pins));
    tcase_add_test(c, no_tpm);
    tcase_add_test(c, what_is_reported);
    suite_add_tcase(s, c);
    return s;
}
