/* signet-agent as the process that it is. */
#include "base/io.h"
#include "tests/agent/site.h"

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ARGS_MAX 16

static struct {
    char out[80], err[80]; /* files */
} said;

/* Starts it with these options, %-words replaced: %c conf, %s store, %d the site's folder. */
static pid_t start(struct site *s, const char *const *options)
{
    char *argv[ARGS_MAX + 2] = {(char[]){TEST_BUILDDIR "/signet-agent"}};
    size_t n = 1;
    for (; *options && n <= ARGS_MAX; options++) {
        const char *o = *options;
        argv[n++] = strcmp(o, "%c") == 0       ? text_format("%s", s->conf)
                    : strcmp(o, "%s") == 0     ? text_format("%s", s->store)
                    : strncmp(o, "%d", 2) == 0 ? text_format("%s%s", s->temp.path, o + 2)
                                               : text_format("%s", o);
    }
    snprintf(said.out, sizeof said.out, "%s/out", s->temp.path);
    snprintf(said.err, sizeof said.err, "%s/err", s->temp.path);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        int out = open(said.out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int err = open(said.err, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    for (size_t i = 1; i < n; i++)
        free(argv[i]);
    return pid;
}

static int exit_status(pid_t pid)
{
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "%d", status);
    return WEXITSTATUS(status);
}

static const struct {
    const char *options[ARGS_MAX];
    int status;
    const char *out, *err; /* parts; "": nothing at all */
} rows[] = {
    {{"--help"}, 0, "Usage: signet-agent", ""},
    {{"--version"}, 0, "signet", ""},
    {{"--help", "--cycle"}, 0, "--cycle", ""},
    {{"--nonsense"}, 2, "", "nonsense"},
    {{"--conf"}, 2, "", "requires an argument"},
    {{"--cycle=yes"}, 2, "", "doesn't allow an argument"},
    {{"-x"}, 2, "", "invalid option"},
    {{"word"}, 2, "", "see --help"},
    {{"--user", "root"}, 2, "", "see --help"},
    {{"--cycle", "--stdio"}, 2, "", "see --help"},
    {{"--cycle", "--conf", "/nowhere/conf", "--store", "%s"}, 1, "", "/nowhere/conf"},
    {{"--cycle", "--conf", "%c", "--store", "/nowhere/at/all"}, 1, "", "/nowhere/at/all"},
    {{"--cycle", "--conf", "%c", "--store", "/etc/passwd"}, 1, "", "/etc/passwd"},
    {{"--cycle", "--conf", "%c", "--store", "%s", "--user", "no-such-user"},
     1,
     "",
     "--user no-such-user: no such user"},
    {{"--cycle", "--conf", "%c", "--store", "%s"}, 0, "", ""},
    {{"--cycle", "--conf", "%c", "--store", "%d/new"}, 0, "", ""},
    {{"--conf", "%c", "--store", "%s", "--run", "/nowhere"}, 1, "", "/nowhere/agent.sock"},
    {{"--conf", "%c", "--store", "%s", "--listen", "%d/err"}, 1, "", "/err: "},
    {{"--stdio", "--conf", "%c", "--store", "%s"}, 1, "", "peer credentials"},
};

START_TEST(options_and_exit_statuses)
{
    SITE(s);
    ck_assert_int_eq(exit_status(start(&s, rows[_i].options)), rows[_i].status);
    autofree char *out = site_read(said.out), *err = site_read(said.err);
    ck_assert_msg(rows[_i].out[0] ? strstr(out, rows[_i].out) != NULL : !*out, "%s", out);
    ck_assert_msg(rows[_i].err[0] ? strstr(err, rows[_i].err) != NULL : !*err, "%s", err);
}
END_TEST

static const char *const cycle[] = {"--cycle", "--conf", "%c", "--store", "%s", NULL};

START_TEST(a_cycle_exits_with_whether_all_is_well)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    ck_assert_int_eq(exit_status(start(&s, cycle)), 0);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_int_eq(exit_status(start(&s, cycle)), 0);
    ck_assert_uint_eq(site_asked("issued"), 1);
    autofree char *quiet = site_read(said.err);
    ck_assert_str_eq(quiet, "");

    /* Everything that can be done is done, and then the status says that not all is well. */
    site_profile(&s, "vpn", SITE_BOX);
    site_put(&s, "conf.d/99-other.conf", "[scep other]\nkey-sise = 7\n");
    ck_assert_int_eq(exit_status(start(&s, cycle)), 1);
    ck_assert_uint_eq(site_current(&s, "vpn"), 1);
    autofree char *problem = site_read(said.err);
    ck_assert_msg(strstr(problem, "99-other.conf:2: "), "%s", problem);

    site_put(&s, "conf.d/99-other.conf", NULL);
    site_behave("500");
    site_profile(&s, "vpn", "subject = CN=edited");
    ck_assert_int_eq(exit_status(start(&s, cycle)), 1);
    autofree char *failure = site_read(said.err);
    ck_assert_msg(strstr(failure, "profile vpn, device: "), "%s", failure);
}
END_TEST

START_TEST(a_cycle_for_a_user_too)
{
    static const char *const with_alice[] = {"--cycle", "--conf", "%c",    "--store",
                                             "%s",      "--user", "alice", NULL};
    const struct owner alice = {.uid = SITE_ALICE};
    SITE(s);
    site_alice(&s);
    autofree char *mail =
        text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\nkey-size = 1024\n"
                    "subject = CN={{UserName}}\n",
                    site_url());
    site_put(&s, "conf.d/mail.conf", mail);
    ck_assert_int_eq(exit_status(start(&s, cycle)), 0);
    ck_assert(!site_has_entry(&s, &alice, "mail"));
    ck_assert_int_eq(exit_status(start(&s, with_alice)), 0);
    ck_assert(site_has_entry(&s, &alice, "mail"));
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

/* Started as root with a store of another's, it is that other, and nothing of the store is root's.
 */
START_TEST(it_becomes_the_owner_of_the_store)
{
    SITE(s);
    struct stat st;
    site_profile(&s, "wifi", SITE_BOX);
    ck_assert_int_eq(chmod(s.temp.path, 0711), 0);
    autofree char *theirs = text_format("%s/theirs", s.temp.path);
    ck_assert_int_eq(mkdir(theirs, 0700), 0);
    ck_assert_int_eq(chown(theirs, 65534, 65534), 0);
    static const char *const options[] = {"--cycle", "--conf", "%c", "--store", "%d/theirs", NULL};
    int status = exit_status(start(&s, options));
    autofree char *err = site_read(said.err);
    ck_assert_msg(status == 0, "%s", err);
    autofree char *key = text_format("%s/device/wifi/current/key.pem", theirs);
    ck_assert_int_eq(stat(key, &st), 0);
    ck_assert_uint_eq(st.st_uid, 65534);
    ck_assert_uint_eq(st.st_mode & 077, 0);
}
END_TEST

/* The daemon. */
static const char *const serve[] = {"--conf", "%c", "--store", "%s", "--run", "%d", NULL};

/* What it leaves behind is reaped by us: see kill_rest(). */
static pid_t start_daemon(struct site *s)
{
    ck_assert_int_eq(chmod(s->temp.path, 0711), 0);
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    return start(s, serve);
}

static int connect_to(struct site *s)
{
    autofree char *path = text_format("%s/agent.sock", s->temp.path);
    int fd = -1;
    UNTIL(io_connect(path, &fd, NULL) == 0, "it does not get to listen()");
    return fd;
}

static char *ask(struct site *s, const char *request)
{
    autoclose int fd = connect_to(s);
    autobuf text = {0};
    ck_assert_int_eq(io_write(fd, request, strlen(request), PATIENCE, NULL), 0);
    ck_assert_int_eq(io_read_all(fd, 1024 * 1024, PATIENCE, &text, NULL), 0);
    return strdup(buf_text(&text));
}

static void await_current(struct site *s, const char *profile)
{
    autofree char *path = strdup(site_file(s, profile, "current"));
    UNTIL(access(path, F_OK) == 0, "%s", path);
}

static void terminate(pid_t pid)
{
    kill(pid, SIGTERM);
    ck_assert_int_eq(exit_status(pid), 0);
}

/* A run, or a connection, goes on when the daemon has ended; the test's folder does not. */
static void kill_rest(pid_t pid)
{
    kill(-pid, SIGKILL);
    while (waitpid(-pid, NULL, 0) > 0)
        ;
}

static void end(pid_t pid)
{
    terminate(pid);
    kill_rest(pid);
}

START_TEST(the_daemon_cycles_at_its_start_and_when_told)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    pid_t pid = start_daemon(&s);
    await_current(&s, "wifi");
    site_profile(&s, "vpn", SITE_BOX);
    kill(pid, SIGHUP);
    await_current(&s, "vpn");
    autofree char *list = ask(&s, "{\"op\":\"cycle\"}\n");
    ck_assert_msg(strstr(list, "\"result\":\"ok\""), "%s", list);
    ck_assert_uint_eq(site_asked("PKCSReq"), 2);
    end(pid);
}
END_TEST

/* As a nobody. 0: it is. */
static int is_denied(struct site *s)
{
    if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
        return 10;
    autofree char *answer = ask(s, "{\"op\":\"list\",\"uid\":-1}\n");
    return strstr(answer, "\"class\":\"denied\"") ? 0 : 11;
}

START_TEST(the_daemon_outlives_bad_peers)
{
    SITE(s);
    pid_t pid = start_daemon(&s);
    autoclose int silent = connect_to(&s);
    for (int i = 0; i < 3; i++) {
        autofree char *answer = ask(&s, "rubbish\n");
        ck_assert_msg(strstr(answer, "\"class\":\"config\""), "%s", answer);
    }
    pid_t child = fork();
    if (child == 0)
        _exit(is_denied(&s));
    ck_assert_int_eq(exit_status(child), 0);
    autofree char *list = ask(&s, "{\"op\":\"list\"}\n");
    ck_assert_msg(strstr(list, "\"result\":\"ok\""), "%s", list);
    end(pid); /* the silent one does not hold it up */
}
END_TEST

START_TEST(two_daemons_do_not_share_a_socket)
{
    SITE(s);
    pid_t first = start_daemon(&s);
    autofree char *list = ask(&s, "{\"op\":\"list\"}\n"); /* it is past its start */
    ck_assert_int_eq(exit_status(start(&s, serve)), 1);
    autofree char *err = site_read(said.err);
    ck_assert_msg(strstr(err, "another process serves this socket"), "%s", err);
    end(first);
}
END_TEST

/* The first has ended while a run of its was at work, and goes on being. */
START_TEST(one_daemon_follows_the_other)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pki/hang");
    pid_t first = start_daemon(&s);
    site_await("POST PKIOperation 0");
    terminate(first);

    site_behave("");
    pid_t second = start_daemon(&s);
    autofree char *list = ask(&s, "{\"op\":\"list\"}\n");
    ck_assert_msg(strstr(list, "\"result\":\"ok\""), "%s", list);
    end(second);
    kill_rest(first);
}
END_TEST

START_TEST(one_connection_on_standard_input)
{
    SITE(s);
    static const char request[] = "{\"op\":\"list\"}\n";
    autobuf text = {0};
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pair[1], STDIN_FILENO);
        execl(TEST_BUILDDIR "/signet-agent", "signet-agent", "--stdio", "--conf", s.conf, "--store",
              s.store, NULL);
        _exit(127);
    }
    close(pair[1]);
    ck_assert_int_eq(io_write(pair[0], request, strlen(request), deadline_in(0), NULL), 0);
    ck_assert_int_eq(io_read_all(pair[0], 65536, PATIENCE, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), "{\"result\":\"ok\",\"entries\":[]}\n");
    ck_assert_int_eq(exit_status(pid), 0);
    close(pair[0]);
}
END_TEST

Suite *agent_main_suite(void)
{
    Suite *suite = suite_create("agent/main");
    TCase *tc = tcase_create("main");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, options_and_exit_statuses, 0, LENGTH(rows));
    tcase_add_test(tc, a_cycle_exits_with_whether_all_is_well);
    tcase_add_test(tc, a_cycle_for_a_user_too);
    tcase_add_test(tc, it_becomes_the_owner_of_the_store);
    tcase_add_test(tc, the_daemon_cycles_at_its_start_and_when_told);
    tcase_add_test(tc, the_daemon_outlives_bad_peers);
    tcase_add_test(tc, two_daemons_do_not_share_a_socket);
    tcase_add_test(tc, one_daemon_follows_the_other);
    tcase_add_test(tc, one_connection_on_standard_input);
    suite_add_tcase(suite, tc);
    return suite;
}
