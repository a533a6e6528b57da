#include "agent/bus.h"

#include "tests/agent/private_bus.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SHORT_MS   50
#define FOREVER_MS (60 * 60 * 1000) /* the case's own time limit comes much earlier */

static const struct bus_service service = {
    .name = "org.example.Service",
    .path = "/org/example/Service",
    .interface = "org.example.Service",
    .denied = "ask nicely",
};

static int listen_at(const struct temp *temp, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/bus", temp->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, backlog), 0);
    return fd;
}

/* Fails before the deadline UNTIL, and the next who asks does not wait at all. */
static void expect_failure(const char *address, int64_t ms, const char *text)
{
    CLEANUP(bus_close) struct bus bus = {0};
    struct err err = {0};
    ck_assert_int_eq(bus_open(&bus, address, deadline_in(ms), &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, "the system bus: ") && strstr(err.text, text), "%s", err.text);
    err = (struct err){0};
    ck_assert_int_eq(bus_open(&bus, address, deadline_in(FOREVER_MS), &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, text), "%s", err.text);
}

START_TEST(one_that_says_nothing_costs_its_deadline)
{
    autotemp t;
    temp_open(&t);
    autofree char *address = text_format("unix:path=%s/bus", t.path);
    autoclose int fd = listen_at(&t, 8);
    expect_failure(address, SHORT_MS, "timed out");
}
END_TEST

START_TEST(a_full_one_costs_nothing)
{
    autotemp t;
    temp_open(&t);
    autofree char *address = text_format("unix:path=%s/bus", t.path);
    autoclose int fd = listen_at(&t, 0);
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    snprintf(where.sun_path, sizeof where.sun_path, "%s/bus", t.path);
    autoclose int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(first, (struct sockaddr *)&where, sizeof where), 0);
    expect_failure(address, FOREVER_MS, "temporarily unavailable");
}
END_TEST

START_TEST(nobody_behind_the_socket)
{
    autotemp t;
    temp_open(&t);
    autofree char *address = text_format("unix:path=%s/bus", t.path);
    close(listen_at(&t, 8));
    expect_failure(address, FOREVER_MS, "Connection refused");
}
END_TEST

static const char *const babble[] = {
    "",
    "x",
    "ERROR\r\n",
    "REJECTED EXTERNAL\r\n",
    "OK\r\n",
    "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\nl\1\1\1\377\377\377\177\377",
};

/* A peer that says this, many times over, and ends. */
START_TEST(one_that_babbles)
{
    autotemp t;
    temp_open(&t);
    autofree char *address = text_format("unix:path=%s/bus", t.path);
    int fd = listen_at(&t, 8);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int peer = accept(fd, NULL, NULL);
        size_t len = strlen(babble[_i]);
        for (int i = 0; i < 4096; i++)
            if (send(peer, babble[_i], len, MSG_NOSIGNAL) != (ssize_t)len)
                break;
        _exit(0);
    }
    close(fd);
    expect_failure(address, FOREVER_MS, "");
}
END_TEST

START_TEST(a_machine_without_bus)
{
    static const char *const addresses[] = {"unix:path=/nonexistent/bus",
                                            "unix:path=/proc/self/nonexistent"};
    for (size_t i = 0; i < LENGTH(addresses); i++) {
        CLEANUP(bus_close) struct bus bus = {0};
        struct err err = {0};
        ck_assert_int_eq(bus_open(&bus, addresses[i], deadline_in(FOREVER_MS), &err), 0);
        ck_assert_str_eq(err.text, "");
    }
    expect_failure("nonsense", FOREVER_MS, "Connection refused");
}
END_TEST

static struct private_bus private_bus;

static void start(void)
{
    private_bus_open(&private_bus);
}

static void stop(void)
{
    private_bus_close(&private_bus);
}

static int call(struct bus *bus, int64_t ms, struct err *err)
{
    autobusmessage *message = NULL, *answer = NULL;
    ck_assert_int_eq(bus_open(bus, private_bus.address, deadline_in(FOREVER_MS), err), 1);
    ck_assert_int_eq(bus_prepare(bus, &service, "Ask", &message, err), 0);
    return bus_call(bus, &service, message, "s", deadline_in(ms), &answer, err);
}

START_TEST(nobody_of_that_name)
{
    CLEANUP(bus_close) struct bus bus = {0};
    struct err err = {0};
    ck_assert_int_eq(call(&bus, FOREVER_MS, &err), 0);
    ck_assert_str_eq(err.text, "");
}
END_TEST

/* It has the name and never looks at what comes. */
START_TEST(a_service_that_hangs_costs_its_deadline)
{
    CLEANUP(bus_close) struct bus bus = {0}, hung = {0};
    struct err err = {0};
    ck_assert_int_eq(bus_open(&hung, private_bus.address, deadline_in(FOREVER_MS), &err), 1);
    ck_assert_int_ge(sd_bus_request_name(hung.connection, service.name, 0), 0);
    ck_assert_int_eq(call(&bus, SHORT_MS, &err), -ERR_RETRY);
    ck_assert_str_eq(err.text, "timed out");
    ck_assert_int_eq(call(&bus, SHORT_MS, &err), -ERR_RETRY);
}
END_TEST

START_TEST(a_bus_that_ends)
{
    CLEANUP(bus_close) struct bus bus = {0}, hung = {0};
    struct err err = {0};
    struct private_bus brief;
    private_bus_open(&brief);
    ck_assert_int_eq(bus_open(&bus, brief.address, deadline_in(FOREVER_MS), &err), 1);
    private_bus_close(&brief);
    autobusmessage *message = NULL, *answer = NULL;
    ck_assert_int_eq(bus_prepare(&bus, &service, "Ask", &message, &err), 0);
    ck_assert_int_eq(bus_call(&bus, &service, message, "s", deadline_in(FOREVER_MS), &answer, &err),
                     -ERR_RETRY);
    ck_assert_str_ne(err.text, "");
}
END_TEST

Suite *bus_suite(void)
{
    Suite *suite = suite_create("agent/bus");
    TCase *tc = tcase_create("bus");
    tcase_add_unchecked_fixture(tc, start, stop);
    tcase_add_test(tc, one_that_says_nothing_costs_its_deadline);
    tcase_add_test(tc, a_full_one_costs_nothing);
    tcase_add_test(tc, nobody_behind_the_socket);
    tcase_add_loop_test(tc, one_that_babbles, 0, LENGTH(babble));
    tcase_add_test(tc, a_machine_without_bus);
    tcase_add_test(tc, nobody_of_that_name);
    tcase_add_test(tc, a_service_that_hangs_costs_its_deadline);
    tcase_add_test(tc, a_bus_that_ends);
    suite_add_tcase(suite, tc);
    return suite;
}
