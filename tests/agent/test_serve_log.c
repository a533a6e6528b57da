/* What the journal hears of a request that fails: each fault once, with whose and which profile. */
#include "agent/serve.h"

#include "base/io.h"
#include "base/log.h"
#include "tests/agent/site.h"

#include <sys/socket.h>

#define CLOSED "url = http://127.0.0.1:1/scep\n"

static void put_profiles(struct site *s)
{
    site_alice(s);
    site_put(s, "conf.d/mail.conf",
             "[scep mail]\ntype = user\nroot = root\n" CLOSED "subject = CN={{UserName}}\n");
    site_put(s, "conf.d/wifi.conf",
             "[scep wifi]\ntype = device\nroot = root\n" CLOSED "subject = CN={{DeviceName}}\n");
}

/* One request of UID's; malloc'ed: what was logged. */
static char *serve(struct site *s, uid_t uid, const char *request)
{
    static const struct serve_limits patient = {.request = PATIENCE_MS, .write = PATIENCE_MS};
    const struct ucred peer = {.uid = uid, .gid = uid, .pid = 1};
    autofree char *line = text_format("%s\n", request);
    autobuf answer = {0};
    int64_t next;
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(io_write(pair[0], line, strlen(line), PATIENCE, NULL), 0);
    site_listen(s, LOG_NOTICE);         /* that there is a request is no fault */
    setenv("JOURNAL_STREAM", "1:1", 1); /* lines with their priorities */
    agent_unload(&s->agent);
    s->agent.profiles = (struct profile_set){0};
    int rc = serve_connection(pair[1], &peer, &s->agent, &patient, &next);
    unsetenv("JOURNAL_STREAM");
    char *heard = site_heard(s);
    ck_assert_int_eq(rc, 0);
    close(pair[1]);
    close(pair[0]);
    return heard;
}

/* What is said is one line, which begins with BEGIN and holds TEXT. */
static const struct {
    uid_t uid;
    const char *request, *begin, *text;
} rows[] = {
    {0, "{\"op\":\"sign-in\",\"uid\":47110}", "<4>uid 47110: profile mail, alice: ", "127.0.0.1:1"},
    {SITE_ALICE, "{\"op\":\"enroll\",\"profile\":\"mail\"}",
     "<4>uid 47110: profile mail, alice: ", "127.0.0.1:1"},
    {0, "{\"op\":\"cycle\",\"uid\":-1}", "<4>profile wifi, device: ", "127.0.0.1:1"},
    {SITE_ALICE, "{\"op\":\"renew\",\"profile\":\"nosuch\"}", "<5>uid 47110: ", "nosuch"},
    {SITE_ALICE, "{\"op\":\"renew\",\"profile\":\"wifi\"}",
     "<5>uid 47110: profile wifi: ", "does not apply here"},
    {SITE_ALICE, "{\"op\":\"remove\",\"profile\":\"mail\"}", "<5>answered uid 47110: ", "mail"},
    {SITE_ALICE, "{\"op\":\"get-crl\",\"profile\":\"mail\"}",
     "<5>answered uid 47110: profile mail: ", "nothing of it for alice"},
    {SITE_ALICE, "{\"op\":\"list\",\"profile\":\"nosuch\"}", "",
     ""}, /* who looks, disturbs nobody */
};

START_TEST(a_failure_is_told_once)
{
    SITE(s);
    put_profiles(&s);
    autofree char *said = serve(&s, rows[_i].uid, rows[_i].request);
    char *end = strchr(said, '\n');
    ck_assert_msg(strncmp(said, rows[_i].begin, strlen(rows[_i].begin)) == 0, "%s", said);
    ck_assert_msg(strstr(said, rows[_i].text) != NULL, "%s", said);
    ck_assert_msg(*rows[_i].begin ? end && !end[1] : !*said, "%s", said);
}
END_TEST

/* What an administrator has to mend is an error; what may mend itself is a warning. */
START_TEST(a_fault_of_the_settings_is_an_error)
{
    SITE(s);
    put_profiles(&s);
    site_put(&s, "conf.d/wifi.conf",
             "[scep wifi]\ntype = device\nroot = root\n" CLOSED "subject = CN={{DeviceName}}\n"
             "proxy = http://127.0.0.1:1\nproxy-secret = file:/nonexistent/secret\n");
    autofree char *said = serve(&s, 0, "{\"op\":\"cycle\",\"uid\":-1}");
    char *end = strchr(said, '\n');
    ck_assert_msg(strncmp(said, "<3>profile wifi, device: ", 25) == 0 && end && !end[1], "%s",
                  said);
}
END_TEST

Suite *serve_log_suite(void)
{
    Suite *suite = suite_create("agent/serve, the journal");
    TCase *tc = tcase_create("serve_log");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    if (geteuid() == 0)
        tcase_add_loop_test(tc, a_failure_is_told_once, 0, LENGTH(rows));
    tcase_add_test(tc, a_fault_of_the_settings_is_an_error);
    suite_add_tcase(suite, tc);
    return suite;
}
