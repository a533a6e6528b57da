#include "agent/job.h"

#include "base/json.h"
#include "store/key.h"
#include "tests/agent/site.h"
#include "tests/profile/place.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BOX "subject = CN={{DeviceName}}"

#define GENERATION(g, s, profile)                                                                  \
    CLEANUP(generation_free) struct generation g = site_generation(&s, profile)

static void runs(struct site *s, enum engine_mode mode)
{
    int rc = site_run(s, "wifi", mode);
    ck_assert_msg(rc == 0, "%d %s", rc, s->err.text);
}

/* An installed certificate to begin with. */
static void enrolled(struct site *s)
{
    site_profile(s, "wifi", BOX);
    runs(s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_current(s, "wifi"), 1);
}

static void installed(struct site *s, unsigned generation)
{
    struct entry_state state = site_state(s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_INSTALLED);
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_eq(state.next_attempt, 0);
    ck_assert_str_eq(state.reason, "");
    ck_assert_uint_eq(site_current(s, "wifi"), generation);
}

/* Its certificate and key belong together. */
static void usable(struct site *s)
{
    GENERATION(g, *s, "wifi");
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    site_ok(*s, key_from_pem(&g.key_pem, &key, &s->err));
    site_ok(*s, certificate_from_pem(&g.cert_pem, &certificate, &s->err));
    ck_assert_int_eq(X509_check_private_key(certificate, key), 1);
}

START_TEST(enrols_once)
{
    SITE(s);
    int64_t now = clock_now();
    enrolled(&s);
    installed(&s, 1);
    usable(&s);
    ck_assert_int_gt(s.next, now);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    ck_assert_int_ne(access(site_file(&s, "wifi", "pending"), F_OK), 0);

    GENERATION(g, s, "wifi");
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "subject", ""), "CN=box");
    ck_assert_str_eq(json_text(g.meta, "url", ""), site_url());
    ck_assert_str_eq(json_text(g.meta, "wish", ""), state.wish);
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
    ck_assert_str_eq(json_text(g.meta, "key", ""), "rsa 1024");
    ck_assert_int_ge(json_number(g.meta, "own_ms", -1), 0);
    ck_assert_ptr_null(json_object_get(g.meta, "warnings"));

    unsigned asked = site_asked(" ");
    runs(&s, ENGINE_CYCLE);
    runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked(" "), asked);
}
END_TEST

static const struct {
    const char *lines, *told;
} keys[] = {{"key-size = 2048", "rsa 2048"},
            {"key-type = ec", "ec 256"},
            {"key-type = ec\nkey-size = 521", "ec 521"}};

START_TEST(renews_with_a_new_key_and_keeps_the_old)
{
    SITE(s);
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nurl = %s\n"
                                      "%s\nsubject = none\nsan = dns:{{DeviceName}}.test\n",
                                      site_url(), keys[_i].lines);
    site_put(&s, "conf.d/wifi.conf", text);
    runs(&s, ENGINE_CYCLE);
    GENERATION(first, s, "wifi");
    ck_assert_str_eq(json_text(first.meta, "key", ""), keys[_i].told);
    ck_assert_str_eq(json_text(first.meta, "subject", "?"), "");

    runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    installed(&s, 2);
    usable(&s);
    GENERATION(second, s, "wifi");
    ck_assert(!buf_equal(&first.key_pem, &second.key_pem));
    autofree char *kept = site_read(site_file(&s, "wifi", "generations/1/key.pem"));
    ck_assert_str_eq(kept, buf_text(&first.key_pem));

    runs(&s, ENGINE_RENEW);
    installed(&s, 3);
    ck_assert_int_ne(access(site_file(&s, "wifi", "generations/1"), F_OK), 0);
}
END_TEST

START_TEST(an_edit_asks_anew)
{
    SITE(s);
    enrolled(&s);
    site_profile(&s, "wifi", BOX "\nsan = dns:box.test\neku = client-auth, server-auth");
    runs(&s, ENGINE_DUE);
    installed(&s, 2);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(g.meta, "sans"), 0)),
                     "dns:box.test");
    ck_assert_uint_eq(site_asked("issued"), 2);

    /* What changes nothing about a certificate is no edit. */
    site_profile(&s, "wifi",
                 "description = another\nkey-access = @games\nrenewal-threshold = 10\n"
                 "eku = server-auth, client-auth\nsan = dns:box.test\n" BOX);
    runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 2);
    autofree char *access = site_read(site_file(&s, "wifi", "access.json"));
    ck_assert_ptr_nonnull(strstr(access, "@games"));
}
END_TEST

START_TEST(an_edit_taken_back_is_forgotten)
{
    SITE(s);
    enrolled(&s);
    site_behave("pki/500");
    site_profile(&s, "wifi", "subject = CN=other");
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);

    site_behave("");
    site_profile(&s, "wifi", BOX);
    runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 1);
    installed(&s, 1);
    ck_assert_int_gt(s.next, clock_now());
}
END_TEST

START_TEST(a_variable_without_value_makes_no_request)
{
    SITE(s);
    site_profile(&s, "wifi", "subject = CN={{SerialNumber}}");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, "SerialNumber"), "%s", s.err.text);
    ck_assert_ptr_nonnull(strstr(s.err.text, "profile wifi, device: "));
    ck_assert_uint_eq(site_asked(" "), 0);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_ptr_nonnull(strstr(state.reason, "SerialNumber"));
    ck_assert_uint_eq(state.attempts, 1);
    ck_assert_int_gt(state.next_attempt, clock_now());

    /* The clock leaves it alone until then. */
    s.next = 0;
    runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    ck_assert_int_eq(s.next, state.next_attempt);

    site_put(&s, "signet.conf", "[attributes]\nSerialNumber = 0815\n");
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
}
END_TEST

START_TEST(a_variable_that_is_lost_and_found_costs_nothing)
{
    SITE(s);
    enrolled(&s);
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = {{IMEI}}\n");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 2);

    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n");
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

static const struct {
    const char *rules;
    enum err_class class;
    const char *text;
    bool same; /* is the next try the same transaction? */
} servers[] = {
    {"html", ERR_RETRY, "text/html", true},
    {"pki/html", ERR_RETRY, "text/html", true},
    {"cacert/404", ERR_CONFIG, "HTTP 404", true},
    {"500", ERR_RETRY, "HTTP 500", true},
    {"pki/500", ERR_RETRY, "HTTP 500", true},
    {"pki/404", ERR_CONFIG, "HTTP 404", true},
    {"pki/empty", ERR_RETRY, "empty body", true},
    {"pki/garbage", ERR_RETRY, "not a SCEP answer", true},
    {"pki/close", ERR_RETRY, "reply", true},
    {"close", ERR_RETRY, "reply", true},
    {"cacert/cut-off", ERR_RETRY, "", true},
    {"pki/cut-off", ERR_RETRY, "", true},
    {"other-key", ERR_CONFIG, "another key", true},
    {"other-ca", ERR_CONFIG, "does not vouch", true},
    {"expired", ERR_CONFIG, "expired", true},
    {"wrong-nonce", ERR_RETRY, "", true},
    {"wrong-signer", ERR_CONFIG, "signed by neither", true},
    {"refuse:0", ERR_CONFIG, "badAlg", true},
    {"refuse:2", ERR_DENIED, "badRequest", false},
    {"refuse:9", ERR_DENIED, "HRESULT", false},
};

START_TEST(a_bad_server_costs_nothing)
{
    SITE(s);
    enrolled(&s);
    GENERATION(before, s, "wifi");
    site_behave(servers[_i].rules);

    int64_t now = clock_now();
    int rc = site_run(&s, "wifi", ENGINE_RENEW);
    ck_assert_msg(rc == -(int)servers[_i].class, "%d %s", rc, s.err.text);
    ck_assert_msg(strstr(s.err.text, site_url()), "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, servers[_i].text), "%s", s.err.text);

    struct entry_state state = site_state(&s, "wifi");
    ck_assert_ptr_nonnull(strstr(s.err.text, state.reason));
    ck_assert_uint_eq(state.attempts, 1);
    ck_assert_int_ge(state.next_attempt, now + 30);
    ck_assert_int_le(state.next_attempt, clock_now() + 60);
    ck_assert_int_ge(s.next, state.next_attempt);
    ck_assert_str_eq(state.transaction_id[0] ? "same" : "another",
                     servers[_i].same ? "same" : "another");

    GENERATION(after, s, "wifi");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    ck_assert(buf_equal(&before.key_pem, &after.key_pem));

    unsigned asked = site_asked(" ");
    runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked(" "), asked);
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_RENEW), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 2);

    site_behave("");
    runs(&s, ENGINE_RENEW);
    installed(&s, 2);
    GENERATION(now_has, s, "wifi");
    if (servers[_i].same)
        ck_assert_str_eq(json_text(now_has.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(a_refused_challenge_is_another_transaction)
{
    SITE(s);
    site_profile(&s, "wifi", BOX);
    site_behave("refuse-challenge");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, "badMessageCheck"), "%s", s.err.text);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    ck_assert_str_eq(site_state(&s, "wifi").transaction_id, "");
    ck_assert_uint_eq(site_current(&s, "wifi"), 0);
    site_behave("");
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
}
END_TEST

/* The first two: nobody listens there. */
static void asks_at(struct site *s, const char *url, const char *another)
{
    autofree char *text =
        text_format("[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n" BOX
                    "\nurl = http://127.0.0.1:1/one\nurl = %s\n%s%s\n",
                    url, another ? "url = " : "", another ? another : "");
    site_put(s, "conf.d/wifi.conf", text);
}

START_TEST(an_url_that_refuses_is_passed_over)
{
    SITE(s);
    asks_at(&s, "http://127.0.0.1:1/two", NULL);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "http://127.0.0.1:1/one: "), "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, "http://127.0.0.1:1/two: "), "%s", s.err.text);
    ck_assert_ptr_nonnull(strstr(site_state(&s, "wifi").reason, "127.0.0.1"));

    asks_at(&s, "http://127.0.0.1:1/two", site_url());
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "url", ""), site_url());
}
END_TEST

/* A process of its own, as every request has, with what came of it. */
struct outcome {
    int rc;
    struct err err;
};

static struct outcome *shared(void)
{
    void *memory = mmap(NULL, 4 * sizeof(struct outcome), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

/* BARRIER: a pipe's reading end, -1 for none; starts when its writing end is closed. */
static pid_t start(struct site *s, enum engine_mode mode, int barrier, struct outcome *ret)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char byte;
    if (barrier >= 0 && read(barrier, &byte, 1) != 0)
        _exit(10);
    ret->rc = site_run(s, "wifi", mode);
    ret->err = s->err;
    _exit(0);
}

static int wait_for(pid_t pid)
{
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

START_TEST(two_at_the_same_moment_make_one_request)
{
    SITE(s);
    struct outcome *outcome = shared();
    site_profile(&s, "wifi", BOX);
    int barrier[2];
    pid_t pids[4];
    ck_assert_int_eq(pipe2(barrier, O_CLOEXEC), 0);
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(barrier[1]);
            char byte;
            outcome[i].rc =
                read(barrier[0], &byte, 1) == 0 ? site_run(&s, "wifi", ENGINE_CYCLE) : 1;
            _exit(0);
        }
    }
    close(barrier[0]);
    close(barrier[1]);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(wait_for(pids[i]), 0);
        ck_assert_int_eq(outcome[i].rc, 0);
    }
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
    installed(&s, 1);
}
END_TEST

static bool has_open(pid_t pid, const char *path)
{
    bool found = false;
    autofree char *folder = text_format("/proc/%d/fd", pid);
    for (int fd = 0; fd < 64 && !found; fd++) {
        char target[256] = "";
        autofree char *link = text_format("%s/%d", folder, fd);
        found = readlink(link, target, sizeof target - 1) > 0 && strcmp(target, path) == 0;
    }
    return found;
}

/* While one process fails, another waits for the lock: it takes that failure for its own. */
START_TEST(who_waited_for_a_failure_does_not_repeat_it)
{
    SITE(s);
    struct outcome *outcome = shared();
    const struct owner device = {.device = true};
    site_profile(&s, "wifi", BOX);
    site_entry(&s, &device, "wifi");

    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id id = {.owner = device, .profile = "wifi"};
    int barrier[2];
    ck_assert_int_eq(pipe2(barrier, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(barrier[1]);
        char byte;
        outcome->rc = read(barrier[0], &byte, 1) == 0 ? site_run(&s, "wifi", ENGINE_CYCLE) : 1;
        outcome->err = s.err;
        _exit(0);
    }
    site_ok(s, entry_open(&s.agent.store, &id, false, &entry, &s.err));
    site_ok(s, entry_lock(&entry, deadline_in(SITE_WAIT_MS), &s.err));
    close(barrier[1]);
    /* It opens the lock once it has read the state. */
    autofree char *lock = strdup(site_file(&s, "wifi", "lock"));
    deadline until = deadline_in(SITE_WAIT_MS);
    while (!has_open(pid, lock)) {
        ck_assert_int_gt(deadline_left(until), 0);
        poll(NULL, 0, 1);
    }
    const struct entry_state failed = {.attempts = 1, .reason = "the CA has a bad day"};
    site_ok(s, entry_state_write(&entry, &failed, &s.err));
    entry_close(&entry);
    ck_assert_int_eq(wait_for(pid), 0);
    ck_assert_int_eq(outcome->rc, -ERR_RETRY);
    ck_assert_msg(strstr(outcome->err.text, "a bad day"), "%s", outcome->err.text);
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    close(barrier[0]);
}
END_TEST

START_TEST(pending_is_polled_at_its_pace_until_issued)
{
    SITE(s);
    struct outcome *outcome = shared();
    site_profile(&s, "wifi", BOX);
    site_behave("pending:2");
    ck_assert_int_eq(wait_for(start(&s, ENGINE_CYCLE, -1, outcome)), 0);
    ck_assert_msg(outcome->rc == 0, "%s", outcome->err.text);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_str_eq(state.url, site_url());
    ck_assert_str_ne(state.reason, "");
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_gt(state.next_attempt, clock_now());

    runs(&s, ENGINE_CYCLE);
    ck_assert_int_eq(s.next, state.next_attempt);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);

    state.next_attempt = 1;
    site_state_put(&s, "wifi", &state);
    ck_assert_int_eq(wait_for(start(&s, ENGINE_DUE, -1, outcome)), 0);
    ck_assert_msg(outcome->rc == 0, "%s", outcome->err.text);
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);

    /* A server that is down for a while does not make it ask anew. */
    site_behave("500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_RETRY);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);
    site_behave("");
    runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("CertPoll issued"), 1);
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
    installed(&s, 1);
    usable(&s);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

/* A poll needs no challenge: a fault in its file must not lose what waits for the CA's clerk. */
START_TEST(pending_outlives_a_challenge)
{
    SITE(s);
    site_put(&s, "challenge", "secret\n");
    autofree char *path = text_format("%s/challenge", s.conf);
    ck_assert_int_eq(chmod(path, 0600), 0);
    site_profile(&s, "wifi", BOX "\nchallenge = file:challenge");
    site_behave("pending:1");
    runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);

    ck_assert_int_eq(chmod(path, 0644), 0);
    runs(&s, ENGINE_RENEW);
    installed(&s, 1);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

/* What we may not do ourselves is no refusal by the CA: the same transaction goes on. */
START_TEST(our_own_denial_ends_no_transaction)
{
    SITE(s);
    site_put(&s, "challenge", "secret\n");
    autofree char *path = text_format("%s/challenge", s.conf);
    ck_assert_int_eq(chmod(path, 0600), 0);
    site_profile(&s, "wifi", BOX "\nchallenge = file:challenge");
    site_behave("pki/500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    struct entry_state state = site_state(&s, "wifi");

    site_behave("");
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, path), "%s", s.err.text);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_REQUESTING);
    ck_assert_str_eq(site_state(&s, "wifi").transaction_id, state.transaction_id);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 2);

    ck_assert_int_eq(chmod(path, 0600), 0);
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(a_refused_poll_asks_anew)
{
    SITE(s);
    site_profile(&s, "wifi", BOX);
    site_behave("pending:1");
    runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    /* The CA knows nothing of this transaction. */
    memset(state.transaction_id, 'a', 64);
    site_state_put(&s, "wifi", &state);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    site_ok(s, key_generate(true, 256, &key, &s.err));
    site_ok(s, key_to_pem(key, &pem, &s.err));
    site_overwrite(site_file(&s, "wifi", "pending/key.pem"), buf_text(&pem));

    /* Killed between a new key and the word of it: nobody was asked with that key yet. */
    site_behave("");
    runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    installed(&s, 1);
    usable(&s);
}
END_TEST

START_TEST(a_lost_pending_key_makes_a_new_one)
{
    static const char *const left[] = {NULL, "",
                                       "-----BEGIN PRIVATE KEY-----\nAAAA\n"
                                       "-----END PRIVATE KEY-----\n"};
    SITE(s);
    site_profile(&s, "wifi", BOX);
    site_behave("pending:1");
    runs(&s, ENGINE_CYCLE);
    const char *path = site_file(&s, "wifi", "pending/key.pem");
    if (left[_i])
        site_overwrite(path, left[_i]);
    else
        ck_assert_int_eq(unlink(path), 0);
    site_behave("");
    runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    installed(&s, 1);
    usable(&s);
}
END_TEST

START_TEST(killed_before_the_answer_asks_with_the_same_key)
{
    SITE(s);
    struct outcome *outcome = shared();
    enrolled(&s);
    site_behave("pki/hang");
    pid_t pid = start(&s, ENGINE_RENEW, -1, outcome);
    site_await("POST PKIOperation 0");
    kill(pid, SIGKILL);
    ck_assert_int_eq(wait_for(pid), SIGKILL);

    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_REQUESTING);
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);

    site_behave("");
    runs(&s, ENGINE_DUE);
    installed(&s, 2);
    GENERATION(g, s, "wifi");
    ck_assert_str_eq(buf_text(&g.key_pem), key);
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(killed_between_switch_and_state_is_installed)
{
    SITE(s);
    enrolled(&s);
    struct entry_state state = site_state(&s, "wifi");
    state.phase = PHASE_REQUESTING;
    state.attempts = 3;
    state.next_attempt = 1;
    strcpy(state.reason, "the CA has a bad day");
    site_state_put(&s, "wifi", &state);
    unsigned asked = site_asked(" ");
    runs(&s, ENGINE_CYCLE);
    runs(&s, ENGINE_DUE);
    ck_assert_int_gt(s.next, clock_now());
    ck_assert_uint_eq(site_asked(" "), asked);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

/* Limits in bytes on every file: nothing can be stored; the key and the state can, the certificate
 * (with its long name) cannot. */
static const struct {
    rlim_t limit;
    bool asked;
} disks[] = {{16, false}, {1500, true}};

static int run_on_full_disk(struct site *s, rlim_t limit)
{
    const struct rlimit rlimit = {limit, limit};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &rlimit);
    return site_run(s, "wifi", ENGINE_RENEW);
}

START_TEST(a_full_disk_keeps_the_old_certificate)
{
    SITE(s);
    struct outcome *outcome = shared();
    char lines[2048] = BOX;
    for (int i = 0; i < 12; i++)
        sprintf(lines + strlen(lines), "\nsan = dns:%c%059d.%060d.test", 'a' + i, 0, 0);
    site_profile(&s, "wifi", lines);
    runs(&s, ENGINE_CYCLE);
    GENERATION(before, s, "wifi");
    unsigned issued = site_asked("issued");

    pid_t pid = fork();
    if (pid == 0) {
        outcome->rc = run_on_full_disk(&s, disks[_i].limit);
        outcome->err = s.err;
        _exit(0);
    }
    ck_assert_int_eq(wait_for(pid), 0);
    ck_assert_msg(outcome->rc == -ERR_RESOURCE, "%d %s", outcome->rc, outcome->err.text);
    ck_assert_msg(strstr(outcome->err.text, "too large"), "%s", outcome->err.text);
    ck_assert_uint_eq(site_asked("issued") - issued, disks[_i].asked);
    GENERATION(after, s, "wifi");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    struct entry_state state = site_state(&s, "wifi");
    if (disks[_i].asked) {
        ck_assert_int_eq(state.phase, PHASE_REQUESTING);
        ck_assert_uint_eq(state.attempts, 1);
    }

    runs(&s, ENGINE_RENEW);
    installed(&s, 2);
    usable(&s);
    GENERATION(finished, s, "wifi");
    if (disks[_i].asked)
        ck_assert_str_eq(json_text(finished.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

static const char other_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
                                "AAAAAAAAAAAAAAAAAAAAAAAAAAGhRANCAARrF9Hy4SxCR/i85uVjpEDydwN9gS3r\n"
                                "M6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1\n"
                                "-----END PRIVATE KEY-----\n";
#define NO_PEM(label) "-----BEGIN " label "-----\nMAAA\n-----END " label "-----\n"

static const struct {
    const char *file, *text; /* NULL: removed */
} damages[] = {
    {"generations/1/key.pem", NULL},
    {"generations/1/key.pem", ""},
    {"generations/1/key.pem", "-----BEGIN PRIVATE KEY-----\nMIGHAg"},
    {"generations/1/key.pem", NO_PEM("PRIVATE KEY")},
    {"generations/1/key.pem", other_key},
    {"generations/1/cert.pem", NULL},
    {"generations/1/cert.pem", "\377\377\377\377"},
    {"generations/1/cert.pem", NO_PEM("CERTIFICATE")},
    {"generations/1/chain.pem", NULL},
    {"generations/1/chain.pem", "-----BEGIN"},
    {"generations/1/meta.json", NULL},
    {"generations/1/meta.json", ""},
    {"generations/1/meta.json", "{\"subject\":"},
    {"generations/1/meta.json", "{}"},
    {"generations/1/meta.json", "[1,2,3]"},
    {"generations/1", NULL},
    {"generations", NULL},
    {"generations", "a file"},
    {"current", NULL},
    {"current", "a file"},
};

START_TEST(a_damaged_generation_heals)
{
    SITE(s);
    enrolled(&s);
    autofree char *path = strdup(site_file(&s, "wifi", damages[_i].file));
    site_ok(s, fs_remove_tree(AT_FDCWD, path, &s.err));
    if (damages[_i].text)
        site_overwrite(path, damages[_i].text);
    runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 2);
    installed(&s, site_current(&s, "wifi"));
    usable(&s);
    runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 2);
}
END_TEST

static const char *const damaged_states[] = {
    NULL, /* removed */
    "",
    "{",
    "{}",
    "null",
    "{\"phase\":\"dancing\"}",
    "{\"phase\":\"installed\",\"attempts\":-1}",
    "{\"phase\":\"installed\",\"transactionID\":\"\\u0000\"}",
    "{\"phase\":\"requesting\",\"transactionID\":7}",
};

START_TEST(a_damaged_state_heals)
{
    SITE(s);
    enrolled(&s);
    const char *path = site_file(&s, "wifi", "state.json");
    if (damaged_states[_i])
        site_overwrite(path, damaged_states[_i]);
    else
        ck_assert_int_eq(unlink(path), 0);
    runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 1);
    installed(&s, 1);
    ck_assert_int_gt(site_state(&s, "wifi").since, 0);
}
END_TEST

START_TEST(a_damaged_state_without_certificate_asks_anew)
{
    SITE(s);
    site_profile(&s, "wifi", BOX);
    site_behave("pending:1");
    runs(&s, ENGINE_CYCLE);
    site_overwrite(site_file(&s, "wifi", "state.json"), "{\"phase\":\"pen");
    site_behave("");
    runs(&s, ENGINE_CYCLE);
    installed(&s, 1);
}
END_TEST

START_TEST(a_damaged_access_heals)
{
    SITE(s);
    enrolled(&s);
    site_overwrite(site_file(&s, "wifi", "access.json"), "[\"@ga");
    site_profile(&s, "wifi", BOX "\nkey-access = @games");
    runs(&s, ENGINE_DUE);
    autofree char *access = site_read(site_file(&s, "wifi", "access.json"));
    ck_assert_ptr_nonnull(strstr(access, "\"@games\""));
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

START_TEST(another_root_is_not_believed)
{
    SITE(s);
    enrolled(&s);
    autofree char *path = text_format("%s/root.pem", s.conf);
    autofree char *root = site_read(path);
    site_put(&s, "root.pem", test_ca_pem);

    runs(&s, ENGINE_CYCLE); /* what is there is not asked for again */
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, site_url()), "%s", s.err.text);
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);

    site_put(&s, "root.pem", root);
    runs(&s, ENGINE_CYCLE);
    installed(&s, 2);
}
END_TEST

struct told {
    unsigned n;
    char first[128], last[128];
};

static void on_told(void *context, const char *text)
{
    struct told *told = context;
    snprintf(told->n++ ? told->last : told->first, sizeof told->last, "%s", text);
}

START_TEST(tells_whoever_waits)
{
    SITE(s);
    struct told told = {0};
    site_profile(&s, "wifi", BOX);
    site_load(&s);
    struct job job = site_job(&s, "wifi", ENGINE_CYCLE);
    job.progress = on_told;
    job.context = &told;
    site_ok(s, job_run(&job, &s.next, &s.err));
    ck_assert_str_eq(told.first, "wifi: making a key");
    ck_assert_str_eq(told.last, "wifi: the certificate is installed");
    ck_assert_uint_ge(told.n, 4);
    site_ok(s, job_run(&job, &s.next, &s.err));
    ck_assert_str_eq(told.last, "wifi: the certificate is installed");
}
END_TEST

START_TEST(a_missing_signet_fetch_is_named)
{
    static const char *const paths[] = {"/nowhere/signet-fetch", "/etc/passwd", "/"};
    SITE(s);
    site_profile(&s, "wifi", BOX);
    s.agent.fetch = paths[_i];
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_msg(strstr(s.err.text, paths[_i]), "%s", s.err.text);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
}
END_TEST

Suite *job_suite(void)
{
    Suite *suite = suite_create("agent/job");
    TCase *tc = tcase_create("job");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, enrols_once);
    tcase_add_loop_test(tc, renews_with_a_new_key_and_keeps_the_old, 0, LENGTH(keys));
    tcase_add_test(tc, an_edit_asks_anew);
    tcase_add_test(tc, an_edit_taken_back_is_forgotten);
    tcase_add_test(tc, a_variable_without_value_makes_no_request);
    tcase_add_test(tc, a_variable_that_is_lost_and_found_costs_nothing);
    tcase_add_loop_test(tc, a_bad_server_costs_nothing, 0, LENGTH(servers));
    tcase_add_test(tc, a_refused_challenge_is_another_transaction);
    tcase_add_test(tc, an_url_that_refuses_is_passed_over);
    tcase_add_test(tc, two_at_the_same_moment_make_one_request);
    tcase_add_test(tc, who_waited_for_a_failure_does_not_repeat_it);
    tcase_add_test(tc, pending_is_polled_at_its_pace_until_issued);
    tcase_add_test(tc, pending_outlives_a_challenge);
    tcase_add_test(tc, our_own_denial_ends_no_transaction);
    tcase_add_test(tc, a_refused_poll_asks_anew);
    tcase_add_loop_test(tc, a_lost_pending_key_makes_a_new_one, 0, 3);
    tcase_add_test(tc, killed_before_the_answer_asks_with_the_same_key);
    tcase_add_test(tc, killed_between_switch_and_state_is_installed);
    tcase_add_loop_test(tc, a_full_disk_keeps_the_old_certificate, 0, LENGTH(disks));
    tcase_add_loop_test(tc, a_damaged_generation_heals, 0, LENGTH(damages));
    tcase_add_loop_test(tc, a_damaged_state_heals, 0, LENGTH(damaged_states));
    tcase_add_test(tc, a_damaged_state_without_certificate_asks_anew);
    tcase_add_test(tc, a_damaged_access_heals);
    tcase_add_test(tc, another_root_is_not_believed);
    tcase_add_test(tc, tells_whoever_waits);
    tcase_add_loop_test(tc, a_missing_signet_fetch_is_named, 0, 3);
    suite_add_tcase(suite, tc);
    return suite;
}
