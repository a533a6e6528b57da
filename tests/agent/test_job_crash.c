/* Jobs that meet, are killed, or find the store full or damaged. */
#include "agent/job.h"

#include "base/json.h"
#include "tests/agent/site.h"

#include <signal.h>
#include <sys/resource.h>

START_TEST(four_at_the_same_moment_make_one_request)
{
    SITE(s);
    struct site_outcome *outcome = site_outcomes();
    site_profile(&s, "wifi", SITE_BOX);
    int barrier[2];
    pid_t pids[4];
    ck_assert_int_eq(pipe2(barrier, O_CLOEXEC), 0);
    for (int i = 0; i < 4; i++)
        pids[i] = site_start(&s, ENGINE_CYCLE, barrier, &outcome[i]);
    close(barrier[0]);
    close(barrier[1]);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(site_wait(pids[i]), 0);
        ck_assert_int_eq(outcome[i].rc, 0);
    }
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
    site_installed(&s, 1);
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
    struct site_outcome *outcome = site_outcomes();
    const struct owner device = {.device = true};
    site_profile(&s, "wifi", SITE_BOX);
    site_entry(&s, &device, "wifi");

    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id id = {.owner = device, .profile = "wifi"};
    int barrier[2];
    ck_assert_int_eq(pipe2(barrier, O_CLOEXEC), 0);
    pid_t pid = site_start(&s, ENGINE_CYCLE, barrier, outcome);
    site_ok(s, entry_open(&s.agent.store, &id, false, &entry, &s.err));
    site_ok(s, entry_lock(&entry, PATIENCE, &s.err));
    close(barrier[1]);
    /* It opens the lock once it has read the state. */
    autofree char *lock = strdup(site_file(&s, "wifi", "lock"));
    UNTIL(has_open(pid, lock), "%s", lock);
    const struct entry_state failed = {.attempts = 1, .reason = "the CA has a bad day"};
    site_ok(s, entry_state_write(&entry, &failed, &s.err));
    entry_close(&entry);
    ck_assert_int_eq(site_wait(pid), 0);
    ck_assert_int_eq(outcome->rc, -ERR_RETRY);
    ck_assert_msg(strstr(outcome->err.text, "a bad day"), "%s", outcome->err.text);
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    close(barrier[0]);
}
END_TEST

START_TEST(killed_before_the_answer_asks_with_the_same_key)
{
    SITE(s);
    struct site_outcome *outcome = site_outcomes();
    site_enrolled(&s);
    site_behave("pki/hang");
    pid_t pid = site_start(&s, ENGINE_RENEW, NULL, outcome);
    site_await("POST PKIOperation 0");
    kill(pid, SIGKILL);
    ck_assert_int_eq(site_wait(pid), SIGKILL);

    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_REQUESTING);
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);

    site_behave("");
    site_runs(&s, ENGINE_DUE);
    site_installed(&s, 2);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(buf_text(&g.key_pem), key);
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(killed_between_switch_and_state_is_installed)
{
    SITE(s);
    site_enrolled(&s);
    struct entry_state state = site_state(&s, "wifi");
    state.phase = PHASE_REQUESTING;
    state.attempts = 3;
    state.next_attempt = 1;
    strcpy(state.reason, "the CA has a bad day");
    site_state_put(&s, "wifi", &state);
    unsigned asked = site_asked(" ");
    site_runs(&s, ENGINE_CYCLE);
    site_runs(&s, ENGINE_DUE);
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
    struct site_outcome *outcome = site_outcomes();
    char lines[2048] = SITE_BOX;
    for (int i = 0; i < 12; i++)
        sprintf(lines + strlen(lines), "\nsan = dns:%c%059d.%060d.test", 'a' + i, 0, 0);
    site_profile(&s, "wifi", lines);
    site_runs(&s, ENGINE_CYCLE);
    SITE_GENERATION(before, s, "wifi");
    unsigned issued = site_asked("issued");

    pid_t pid = fork();
    if (pid == 0) {
        outcome->rc = run_on_full_disk(&s, disks[_i].limit);
        outcome->err = s.err;
        _exit(0);
    }
    ck_assert_int_eq(site_wait(pid), 0);
    ck_assert_msg(outcome->rc == -ERR_RESOURCE, "%d %s", outcome->rc, outcome->err.text);
    ck_assert_msg(strstr(outcome->err.text, "too large"), "%s", outcome->err.text);
    /* Where there was no room for the state either, it says that, too. */
    ck_assert_msg(!strstr(outcome->err.text, "state could not be written") == disks[_i].asked, "%s",
                  outcome->err.text);
    ck_assert_uint_eq(site_asked("issued") - issued, disks[_i].asked);
    SITE_GENERATION(after, s, "wifi");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    struct entry_state state = site_state(&s, "wifi");
    if (disks[_i].asked) {
        ck_assert_int_eq(state.phase, PHASE_REQUESTING);
        ck_assert_uint_eq(state.attempts, 1);
    }

    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
    site_usable(&s);
    SITE_GENERATION(finished, s, "wifi");
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
    site_enrolled(&s);
    autofree char *path = strdup(site_file(&s, "wifi", damages[_i].file));
    site_ok(s, fs_remove_tree(AT_FDCWD, path, &s.err));
    if (damages[_i].text)
        site_overwrite(path, damages[_i].text);
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 2);
    site_installed(&s, site_current(&s, "wifi"));
    site_usable(&s);
    site_runs(&s, ENGINE_CYCLE);
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
    site_enrolled(&s);
    const char *path = site_file(&s, "wifi", "state.json");
    if (damaged_states[_i])
        site_overwrite(path, damaged_states[_i]);
    else
        ck_assert_int_eq(unlink(path), 0);
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 1);
    site_installed(&s, 1);
    ck_assert_int_gt(site_state(&s, "wifi").since, 0);
}
END_TEST

START_TEST(a_damaged_state_without_certificate_asks_anew)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    site_overwrite(site_file(&s, "wifi", "state.json"), "{\"phase\":\"pen");
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

START_TEST(a_damaged_access_heals)
{
    SITE(s);
    site_enrolled(&s);
    site_overwrite(site_file(&s, "wifi", "access.json"), "[\"@ga");
    site_profile(&s, "wifi", SITE_BOX "\nkey-access = @games");
    site_runs(&s, ENGINE_DUE);
    autofree char *access = site_read(site_file(&s, "wifi", "access.json"));
    ck_assert_ptr_nonnull(strstr(access, "\"@games\""));
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

Suite *job_crash_suite(void)
{
    Suite *suite = suite_create("agent/job, crashes");
    TCase *tc = tcase_create("crash");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, four_at_the_same_moment_make_one_request);
    tcase_add_test(tc, who_waited_for_a_failure_does_not_repeat_it);
    tcase_add_test(tc, killed_before_the_answer_asks_with_the_same_key);
    tcase_add_test(tc, killed_between_switch_and_state_is_installed);
    tcase_add_loop_test(tc, a_full_disk_keeps_the_old_certificate, 0, LENGTH(disks));
    tcase_add_loop_test(tc, a_damaged_generation_heals, 0, LENGTH(damages));
    tcase_add_loop_test(tc, a_damaged_state_heals, 0, LENGTH(damaged_states));
    tcase_add_test(tc, a_damaged_state_without_certificate_asks_anew);
    tcase_add_test(tc, a_damaged_access_heals);
    suite_add_tcase(suite, tc);
    return suite;
}
