#include "base/listen.h"

#include "base/io.h"
#include "tests/temp.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct server {
    struct temp temp;
    char path[128];
    pid_t pid;
    int copy; /* of its listening socket, as a child has that was just forked */
    int pipe; /* a byte for each crash, reload and tick */
};

static int server_pipe[2];

static int serve(int fd, const struct ucred *peer, void *context)
{
    (void)context;
    char command, answer[32];
    if (io_read(fd, &command, 1, PATIENCE, NULL) < 0)
        return 1;
    if (command == 'k')
        raise(SIGKILL);
    int len = snprintf(answer, sizeof answer, "uid %u\n", peer->uid);
    io_write(fd, answer, (size_t)len, PATIENCE, NULL);
    if (command == 'w') /* stays until the peer goes */
        io_read(fd, &command, 1, PATIENCE, NULL);
    return 0;
}

static void tell(char what)
{
    if (write(server_pipe[1], &what, 1) != 1)
        _exit(1);
}

static void crashed(void *context)
{
    (void)context;
    tell('c');
}

static void reload(void *context)
{
    (void)context;
    tell('r');
}

static void server_start(struct server *s, unsigned max, unsigned per_uid)
{
    struct err err;
    int fd;
    temp_open(&s->temp);
    snprintf(s->path, sizeof s->path, "%s/sock", s->temp.path);
    ck_assert_int_eq(pipe(server_pipe), 0);
    ck_assert_msg(listen_open(s->path, &fd, &err) == 0, "%s", err.text);
    s->pid = fork();
    if (s->pid == 0) {
        struct listener l = {.fd = fd,
                             .max_children = max,
                             .max_per_uid = per_uid,
                             .serve = serve,
                             .crashed = crashed,
                             .reload = reload};
        _exit(listen_run(&l, NULL) == 0 ? 0 : 1);
    }
    s->copy = fd;
    s->pipe = server_pipe[0];
}

static void server_stop(struct server *s)
{
    int status;
    kill(s->pid, SIGTERM);
    ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
    ck_assert_int_eq(status, 0);
    /* With it gone nobody waits at its door for ever, whoever has a copy of it. */
    int fd = -1;
    ck_assert_int_lt(io_connect(s->path, &fd, NULL), 0);
    close(s->copy);
    temp_close(&s->temp);
}

#define autoserver CLEANUP(server_stop) struct server

/* Connects, says COMMAND, and returns whether an answer with our uid came. */
static bool ask(const struct server *s, char command, int *ret_fd)
{
    char answer[32] = "", expected[32];
    int fd;
    ck_assert_int_eq(io_connect(s->path, &fd, NULL), 0);
    int len = snprintf(expected, sizeof expected, "uid %u\n", geteuid());
    bool good = io_write(fd, &command, 1, PATIENCE, NULL) == 0 &&
                io_read(fd, answer, (size_t)len, PATIENCE, NULL) == 0 &&
                strcmp(answer, expected) == 0;
    if (ret_fd)
        *ret_fd = fd;
    else
        close(fd);
    return good;
}

START_TEST(serves_with_the_peers_credentials)
{
    autoserver s;
    server_start(&s, 10, 10);
    for (int i = 0; i < 5; i++)
        ck_assert(ask(&s, 'a', NULL));
}
END_TEST

START_TEST(a_crash_is_one_connections_crash)
{
    autoserver s;
    char told;
    server_start(&s, 10, 10);
    ck_assert(!ask(&s, 'k', NULL));
    ck_assert_int_eq(read(s.pipe, &told, 1), 1);
    ck_assert_int_eq(told, 'c');
    ck_assert(ask(&s, 'a', NULL));
}
END_TEST

START_TEST(reloads_on_sighup)
{
    autoserver s;
    char told;
    server_start(&s, 10, 10);
    ck_assert(ask(&s, 'a', NULL)); /* it is up, and its signals are blocked */
    kill(s.pid, SIGHUP);
    ck_assert_int_eq(read(s.pipe, &told, 1), 1);
    ck_assert_int_eq(told, 'r');
    ck_assert(ask(&s, 'a', NULL));
}
END_TEST

static const struct {
    unsigned max, per_uid;
} limits[] = {{2, 10}, {10, 2}};

START_TEST(connections_have_a_limit)
{
    autoserver s;
    int held[2];
    bool root = geteuid() == 0;
    server_start(&s, limits[_i].max, limits[_i].per_uid);
    ck_assert_int_eq(chmod(s.temp.path, 0755), 0);
    ck_assert(!root || seteuid(65534) == 0);
    ck_assert(ask(&s, 'w', &held[0]));
    ck_assert(ask(&s, 'w', &held[1]));
    ck_assert(!ask(&s, 'a', NULL));
    if (root) { /* its services serve everyone: they get in all the same */
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert(ask(&s, 'a', NULL));
        ck_assert_int_eq(seteuid(65534), 0);
    }
    close(held[0]);
    close(held[1]);
    /* Room comes back once the two have ended: ask until it is there. */
    UNTIL(ask(&s, 'a', NULL), "its room does not come back");
    ck_assert(!root || seteuid(0) == 0);
}
END_TEST

START_TEST(roots_connections_take_nobodys_place)
{
    autoserver s;
    int held[2];
    if (geteuid() != 0)
        return;
    server_start(&s, 1, 1);
    ck_assert_int_eq(chmod(s.temp.path, 0755), 0);
    ck_assert(ask(&s, 'w', &held[0]));
    ck_assert(ask(&s, 'w', &held[1]));
    ck_assert_int_eq(seteuid(65534), 0);
    ck_assert(ask(&s, 'a', NULL));
    ck_assert_int_eq(seteuid(0), 0);
    close(held[0]);
    close(held[1]);
}
END_TEST

/* Whoever starts us may have left SIGCHLD ignored, and then nobody would be told of an end. */
START_TEST(counts_its_children_whatever_it_inherited)
{
    signal(SIGCHLD, SIG_IGN);
    autoserver s;
    server_start(&s, 1, 1);
    signal(SIGCHLD, SIG_DFL);
    bool root = geteuid() == 0;
    ck_assert_int_eq(chmod(s.temp.path, 0755), 0);
    ck_assert(!root || seteuid(65534) == 0);
    ck_assert(ask(&s, 'a', NULL));
    UNTIL(ask(&s, 'a', NULL), "its room does not come back");
    ck_assert(!root || seteuid(0) == 0);
}
END_TEST

START_TEST(a_stale_socket_is_replaced_and_a_live_one_is_not)
{
    autoserver s;
    struct err err;
    int fd = -1;
    server_start(&s, 10, 10);
    ck_assert(ask(&s, 'a', NULL)); /* it is up */
    ck_assert_int_eq(listen_open(s.path, &fd, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "another process serves"));

    autofree char *stale = text_format("%s/stale", s.temp.path);
    ck_assert_int_eq(listen_open(stale, &fd, &err), 0);
    close(fd);
    ck_assert_int_eq(listen_open(stale, &fd, &err), 0);
    close(fd);
}
END_TEST

START_TEST(a_socket_with_a_full_queue_is_not_stale)
{
    autotemp t;
    struct err err;
    int fd = -1, held[64], n = 0;
    temp_open(&t);
    autofree char *path = text_format("%s/sock", t.path);
    ck_assert_int_eq(listen_open(path, &fd, &err), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    while (n < 64 && io_connect(path, &held[n], NULL) == 0)
        n++;
    ck_assert_int_lt(n, 64);
    int other = -1;
    ck_assert_int_eq(listen_open(path, &other, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "another process serves"));
    ck_assert_int_eq(faccessat(t.fd, "sock", F_OK, 0), 0);
}
END_TEST

/* A child sets the limit: what a process asks for itself, valgrind keeps from the kernel. */
static bool limit_descriptors(rlim_t n)
{
    const struct rlimit limit = {n, n};
    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        _exit(prlimit(self, RLIMIT_NOFILE, &limit, NULL) == 0 ? 0 : 1);
    int status = 1;
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A process that has no room for one more descriptor: it waits for some instead of asking again and
 * again as fast as it can. */
START_TEST(without_descriptors_it_keeps_calm)
{
    autotemp t;
    int fd, said[2], held;
    char line[4];
    temp_open(&t);
    autofree char *path = text_format("%s/sock", t.path);
    ck_assert_int_eq(listen_open(path, &fd, NULL), 0);
    ck_assert_int_eq(pipe(said), 0);
    deadline start = deadline_in(0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(said[1], STDERR_FILENO);
        int next = dup(fd); /* will be the signals' descriptor, the last one */
        close(next);
        struct listener l = {.fd = fd, .max_children = 9, .max_per_uid = 9, .serve = serve};
        _exit(limit_descriptors((rlim_t)next + 1) && listen_run(&l, NULL) == 0 ? 0 : 1);
    }
    ck_assert_int_eq(io_connect(path, &held, NULL), 0);
    for (int lines = 0; lines < 4; lines++)
        do
            ck_assert_int_eq(read(said[0], line, 1), 1);
        while (*line != '\n');
    ck_assert_int_ge(deadline_in(0) - start, 200);
    int status;
    kill(pid, SIGTERM);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_file_in_the_way_is_left_alone)
{
    autotemp t;
    struct err err;
    int fd = -1;
    temp_open(&t);
    temp_file(&t, "sock", 0600, "precious");
    autofree char *path = text_format("%s/sock", t.path);
    ck_assert_int_lt(listen_open(path, &fd, &err), 0);
    ck_assert_int_eq(faccessat(t.fd, "sock", F_OK, 0), 0);
    ck_assert_int_lt(listen_open(NULL, &fd, &err), 0);
    ck_assert_int_eq(fd, -1);
}
END_TEST

Suite *listen_suite(void)
{
    Suite *suite = suite_create("base/listen");
    TCase *tc = tcase_create("listen");
    tcase_add_test(tc, serves_with_the_peers_credentials);
    tcase_add_test(tc, a_crash_is_one_connections_crash);
    tcase_add_test(tc, reloads_on_sighup);
    tcase_add_loop_test(tc, connections_have_a_limit, 0, LENGTH(limits));
    tcase_add_test(tc, a_stale_socket_is_replaced_and_a_live_one_is_not);
    tcase_add_test(tc, a_socket_with_a_full_queue_is_not_stale);
    tcase_add_test(tc, without_descriptors_it_keeps_calm);
    tcase_add_test(tc, a_file_in_the_way_is_left_alone);
    tcase_add_test(tc, counts_its_children_whatever_it_inherited);
    tcase_add_test(tc, roots_connections_take_nobodys_place);
    suite_add_tcase(suite, tc);
    return suite;
}
