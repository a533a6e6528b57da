/* The module as login sees it: through libpam, a service file and a conversation, against an agent
 * that does what a table row says. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "tests/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <security/pam_appl.h>
#include <security/pam_ext.h>

#define MODULE TEST_BUILDDIR "/module/.libs/pam_signet.so"

/* The log, caught: the runner's own pam_syslog() stands before libpam's. */
static unsigned logged;
static char log_text[2048];

__attribute__((visibility("default"))) void pam_syslog(const pam_handle_t *pamh, int priority,
                                                       const char *format, ...)
{
    (void)pamh;
    (void)priority;
    va_list ap;
    va_start(ap, format);
    vsnprintf(log_text, sizeof log_text, format, ap);
    va_end(ap);
    logged++;
}

/* What the user was shown. */
static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
                    void *context)
{
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(messages[i]->msg_style, PAM_TEXT_INFO);
        ck_assert_int_eq(buf_printf(context, NULL, "%s\n", messages[i]->msg), 0);
    }
    *ret = calloc((size_t)n, sizeof **ret);
    return PAM_SUCCESS;
}

/* A temp.path with a service file and room for a socket. */
static struct temp temp;
static char socket_path[128];

static void setup(void)
{
    temp_open(&temp);
    snprintf(socket_path, sizeof socket_path, "%s/agent.sock", temp.path);
    logged = 0;
}

static void teardown(void)
{
    temp_close(&temp);
}

static void write_file(const char *name, const char *format, const char *arguments)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", temp.path, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, format, arguments);
    fclose(f);
}

/* libpam logs when there is no "other". */
static void write_service(const char *format, const char *arguments)
{
    write_file("signet-test", format, arguments);
    write_file("other", "session required pam_deny.so\n%s", "");
}

/* With the module alone in its stack, libpam's answer tells what it returned: PAM_SUCCESS, or for
 * PAM_IGNORE PAM_PERM_DENIED. */
#define ALONE  "session optional " MODULE " %s\n"
#define AMONG  "session required pam_permit.so\n" ALONE
#define TOLD   PAM_SUCCESS
#define IGNORE PAM_PERM_DENIED

static const char *myself(void)
{
    const struct passwd *me = getpwuid(geteuid());
    return me ? me->pw_name : "root";
}

static int open_session(const char *user, int flags, struct buf *ret_shown)
{
    pam_handle_t *pamh = NULL;
    struct pam_conv conversation = {converse, ret_shown};
    ck_assert_int_eq(pam_start_confdir("signet-test", user, &conversation, temp.path, &pamh),
                     PAM_SUCCESS);
    int rc = pam_open_session(pamh, flags);
    unsigned before = logged;
    ck_assert_int_eq(pam_close_session(pamh, flags),
                     rc); /* libpam keeps to who took part in the opening */
    ck_assert_uint_eq(logged, before);
    ck_assert_int_eq(pam_end(pamh, rc), PAM_SUCCESS);
    return rc;
}

static int listen_here(int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, backlog), 0);
    return fd;
}

/* Agents, good and bad. Each gets a connection on which the request was read already. */
static void say(int fd, const char *text)
{
    io_write(fd, text, strlen(text), PATIENCE, NULL);
}

static void agent_is_well(int fd)
{
    say(fd, "{\"result\":\"ok\",\"entries\":[]}\n");
}

static void agent_talks(int fd)
{
    say(fd, "{\"progress\":\"wifi: making a key\"}\n{\"progr");
    say(fd, "ess\":\"wifi: asking http://ca\"}\n");
    agent_is_well(fd);
}

static void agent_attacks_the_terminal(int fd)
{
    say(fd, "{\"progress\":\"\\u001b[2J\\u009b\\u202eevil\\r\\n\"}\n");
    agent_is_well(fd);
}

static void agent_fails(int fd)
{
    say(fd, "{\"result\":\"error\",\"class\":\"retry\",\"message\":\"http://ca: \\u001b no "
            "answer\"}\n");
}

static void agent_hangs(int fd)
{
    char c;
    io_read(fd, &c, 1, deadline_in(60000), NULL); /* ends when the module goes */
}

static void agent_closes(int fd)
{
    (void)fd;
}

static void agent_stops_inside_a_line(int fd)
{
    say(fd, "{\"result\":\"ok\"");
}

static void agent_talks_html(int fd)
{
    say(fd, "<html><body>400</body></html>\n");
}

static void agent_sends_binary(int fd)
{
    io_write(fd, "\0\xff\x1b\n\n\0", 6, PATIENCE, NULL);
}

static void agent_sends_a_long_line(int fd)
{
    char block[4096];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 256; i++)
        if (io_write(fd, block, sizeof block, PATIENCE, NULL) < 0)
            return;
}

static void agent_talks_without_end(int fd)
{
    static const char line[] = "{\"progress\":\"still at it\"}\n";
    while (io_write(fd, line, sizeof line - 1, PATIENCE, NULL) == 0)
        ;
}

static pid_t start_agent(int listener, void (*agent)(int fd), int *ret_request)
{
    int p[2];
    ck_assert_int_eq(pipe(p), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int fd = accept(listener, NULL, NULL);
        struct io_lines lines = {.fd = fd, .max = 1000};
        struct buf line = {0};
        if (io_line(&lines, PATIENCE, &line, NULL) == 1)
            io_write(p[1], line.data, line.len, PATIENCE, NULL);
        agent(fd);
        buf_free(&line);
        buf_free(&lines.buffer);
        _exit(0);
    }
    close(p[1]);
    *ret_request = p[0];
    return pid;
}

static const struct {
    void (*agent)(int fd);
    const char *arguments;
    int flags;
    int rc;
    unsigned logged;
    const char *log;   /* part of the one line */
    const char *shown; /* NULL: whatever */
} rows[] = {
    {agent_is_well, "", 0, TOLD, 0, NULL, ""},
    {agent_is_well, "wait=30", 0, TOLD, 0, NULL, ""},
    {agent_is_well, "wait=30 debug", 0, TOLD, 1, "told", ""},
    {agent_talks, "wait=30", 0, TOLD, 0, NULL, "wifi: making a key\nwifi: asking http://ca\n"},
    {agent_talks, "wait=30", PAM_SILENT, TOLD, 0, NULL, ""},
    {agent_talks, "", 0, TOLD, 0, NULL, ""},
    {agent_attacks_the_terminal, "wait=30", 0, TOLD, 0, NULL, "?[2J??evil??\n"},
    {agent_talks, "wait=30 colour=blue", 0, TOLD, 1, "colour=blue", NULL},
    {agent_talks, "wait=many", 0, TOLD, 1, "wait=many", ""},

    {agent_fails, "wait=30", 0, IGNORE, 1, "http://ca: ? no answer", ""},
    {agent_fails, "", 0, TOLD, 0, NULL, ""},
    {agent_hangs, "", 0, TOLD, 0, NULL, ""},
    {agent_hangs, "wait=1", 0, IGNORE, 1, "no result within 1 s", ""},
    {agent_talks_without_end, "wait=1", PAM_SILENT, IGNORE, 1, "no result within 1 s", ""},
    {agent_closes, "wait=30", 0, IGNORE, 1, "without a result", ""},
    {agent_closes, "", 0, TOLD, 0, NULL, ""},
    {agent_stops_inside_a_line, "wait=30", 0, IGNORE, 1, "inside a line", ""},
    {agent_talks_html, "wait=30", 0, IGNORE, 1, "not of its protocol", ""},
    {agent_sends_binary, "wait=30", 0, IGNORE, 1, "not of its protocol", ""},
    {agent_sends_a_long_line, "wait=30", 0, IGNORE, 1, "more than", ""},
};

START_TEST(lives_with_any_agent)
{
    char arguments[512], expected[128];
    snprintf(arguments, sizeof arguments, "%s min-uid=0 socket=%s", rows[_i].arguments,
             socket_path);
    write_service(ALONE, arguments);
    int listener = listen_here(8), request;
    pid_t pid = start_agent(listener, rows[_i].agent, &request);

    autobuf shown = {0}, asked = {0};
    deadline late = PATIENCE;
    ck_assert_int_eq(open_session(myself(), rows[_i].flags, &shown), rows[_i].rc);
    ck_assert_int_gt(deadline_left(late), 0);

    ck_assert_msg(logged == rows[_i].logged, "%u lines, the last: %s", logged, log_text);
    if (rows[_i].log)
        ck_assert_msg(strstr(log_text, rows[_i].log), "%s", log_text);
    if (rows[_i].shown)
        ck_assert_str_eq(buf_text(&shown), rows[_i].shown);

    unsigned wait = 0;
    sscanf(rows[_i].arguments, "wait=%u", &wait);
    snprintf(expected, sizeof expected, "{\"op\":\"sign-in\",\"uid\":%u", geteuid());
    if (wait)
        snprintf(expected + strlen(expected), 32, ",\"wait\":%u", wait);
    strcat(expected, "}");
    ck_assert_int_eq(io_read_all(request, 1000, late, &asked, NULL), 0);
    ck_assert_str_eq(buf_text(&asked), expected);

    close(request);
    close(listener);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static const struct {
    const char *user; /* NULL: whoever runs this */
    const char *arguments;
    unsigned logged;
} nobodies[] = {
    {"root", "", 0},      {"root", "wait=30", 0},           {"root", "min-uid=1", 0},
    {"root", "debug", 1}, {NULL, "min-uid=4294967294", 0},  {"nobody", "min-uid=0", 0},
    {"nobody", "", 0},    {"no-such-user", "min-uid=0", 1},
};

START_TEST(asks_nothing_for_those_that_are_no_people)
{
    char arguments[256];
    snprintf(arguments, sizeof arguments, "%s socket=%s", nobodies[_i].arguments, socket_path);
    write_service(ALONE, arguments);
    int listener = listen_here(8);
    fcntl(listener, F_SETFL, O_NONBLOCK);

    autobuf shown = {0};
    ck_assert_int_eq(open_session(nobodies[_i].user ? nobodies[_i].user : myself(), 0, &shown),
                     IGNORE);
    ck_assert_uint_eq(logged, nobodies[_i].logged);
    ck_assert_str_eq(buf_text(&shown), "");
    ck_assert_int_eq(accept(listener, NULL, NULL), -1);
    ck_assert_int_eq(errno, EAGAIN);
    close(listener);
}
END_TEST

/* Sockets that nobody answers on: nothing waits, whatever wait= says. */
static int nothing_there(void)
{
    return -1;
}

static int stale_socket(void)
{
    close(listen_here(8));
    return -1;
}

static int no_socket_at_all(void)
{
    close(open(socket_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    return -1;
}

static int full_backlog(void)
{
    int listener = listen_here(0), fd;
    while (io_connect(socket_path, &fd, NULL) == 0)
        ; /* left open; the test's process ends soon */
    return listener;
}

static const struct {
    int (*make)(void);
    const char *log;
} dead_sockets[] = {
    {nothing_there, "No such file"},
    {stale_socket, "refused"},
    {no_socket_at_all, "refused"},
    {full_backlog, "temporarily unavailable"},
};

static void expect_ignored(const char *service, int rc, const char *arguments, const char *log)
{
    autobuf shown = {0};
    deadline late = PATIENCE;
    write_service(service, arguments);
    logged = 0;
    ck_assert_int_eq(open_session(myself(), 0, &shown), rc);
    ck_assert_int_gt(deadline_left(late), 0);
    ck_assert_uint_eq(logged, 1);
    ck_assert_msg(strstr(log_text, log), "%s", log_text);
    ck_assert_str_eq(buf_text(&shown), "");
}

START_TEST(goes_on_without_an_agent)
{
    char arguments[256];
    int fd = dead_sockets[_i].make();
    snprintf(arguments, sizeof arguments, "wait=60 min-uid=0 socket=%s", socket_path);
    expect_ignored(ALONE, IGNORE, arguments, dead_sockets[_i].log);
    expect_ignored(AMONG, PAM_SUCCESS, arguments, dead_sockets[_i].log);
    if (fd >= 0)
        close(fd);
}
END_TEST

START_TEST(refuses_a_path_that_is_too_long)
{
    char arguments[512] = "wait=60 min-uid=0 socket=/";
    memset(arguments + strlen(arguments), 'x', 200);
    expect_ignored(ALONE, IGNORE, arguments, "longer than");
}
END_TEST

/* Another uid serves the socket, in a temp.path of its own or of somebody else. */
#define STRANGER 54321

static const struct {
    mode_t mode;
    uid_t folder_owner;
    int rc;
    unsigned logged;
} strangers[] = {
    {0755, STRANGER, TOLD, 0},
    {0777, 0, IGNORE, 1},
    {01777, 0, IGNORE, 1},
    {0777, STRANGER + 1, IGNORE, 1},
};

static void be_a_stranger(int ready)
{
    if (setuid(STRANGER) < 0)
        _exit(1);
    int listener = listen_here(8);
    io_write(ready, "r", 1, PATIENCE, NULL);
    char c;
    int fd = accept(listener, NULL, NULL);
    _exit(io_read(fd, &c, 1, PATIENCE, NULL) == 0 ? 10 : 11);
}

START_TEST(believes_only_root_and_the_folders_owner)
{
    if (geteuid() != 0)
        return; /* nobody else can be two users */
    char arguments[256], c;
    int p[2], status;
    ck_assert_int_eq(chmod(temp.path, strangers[_i].mode), 0);
    ck_assert_int_eq(chown(temp.path, strangers[_i].folder_owner, 0), 0);
    ck_assert_int_eq(pipe(p), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        be_a_stranger(p[1]);
    ck_assert_int_eq(io_read(p[0], &c, 1, PATIENCE, NULL), 0);

    autobuf shown = {0};
    snprintf(arguments, sizeof arguments, "min-uid=0 socket=%s", socket_path);
    write_service(ALONE, arguments);
    ck_assert_int_eq(open_session("root", 0, &shown), strangers[_i].rc);
    ck_assert_uint_eq(logged, strangers[_i].logged);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), strangers[_i].rc == TOLD ? 10 : 11);
}
END_TEST

START_TEST(has_no_say_elsewhere)
{
    pam_handle_t *pamh = NULL;
    autobuf shown = {0};
    struct pam_conv conversation = {converse, &shown};
    write_service("auth required " MODULE "\naccount required " MODULE "\npassword required " MODULE
                  "%s\n",
                  "");
    ck_assert_int_eq(pam_start_confdir("signet-test", "root", &conversation, temp.path, &pamh),
                     PAM_SUCCESS);
    ck_assert_int_ne(pam_authenticate(pamh, 0), PAM_SUCCESS);
    ck_assert_int_ne(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
    ck_assert_int_ne(pam_chauthtok(pamh, 0), PAM_SUCCESS);
    pam_end(pamh, 0);
    ck_assert_uint_eq(logged, 0);
}
END_TEST

Suite *pam_suite(void)
{
    Suite *suite = suite_create("module/pam");
    TCase *tc = tcase_create("pam");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, lives_with_any_agent, 0, LENGTH(rows));
    tcase_add_loop_test(tc, asks_nothing_for_those_that_are_no_people, 0, LENGTH(nobodies));
    tcase_add_loop_test(tc, goes_on_without_an_agent, 0, LENGTH(dead_sockets));
    tcase_add_test(tc, refuses_a_path_that_is_too_long);
    tcase_add_loop_test(tc, believes_only_root_and_the_folders_owner, 0, LENGTH(strangers));
    tcase_add_test(tc, has_no_say_elsewhere);
    suite_add_tcase(suite, tc);
    return suite;
}
