/* signet-keyd as the process that it is, spoken to by hand. */
#include "base/io.h"
#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"
#include "tests/pkcs11/issue.h"
#include "tests/temp.h"

#include <arpa/inet.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define ALICE  1000
#define NOBODY 65534

static const struct entry_id alice_mail = {.owner = {.uid = ALICE}, .profile = "mail"};
static const struct key_operation alice_signs = {
    .ref = {.uid = ALICE, .generation = 1, .profile = "mail"}, .mechanism = CKM_ECDSA};

struct keyd {
    struct fixture f;
    struct temp temp; /* where everyone may look for the socket */
    char socket[64], log[64];
    pid_t pid;
};

static void start(struct keyd *k)
{
    char program[] = TEST_BUILDDIR "/signet-keyd";
    char *argv[] = {program, "--store", k->f.path, "--listen", k->socket, NULL};
    int log = open(k->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    k->pid = fork();
    if (k->pid == 0) {
        dup2(log, STDERR_FILENO);
        execv(program, argv);
        _exit(127);
    }
    close(log);
}

/* Ends it as SIGNAL does; the status that wait gives. */
static int end(struct keyd *k, int signal)
{
    int status = -1;
    if (k->pid > 0) {
        kill(k->pid, signal);
        waitpid(k->pid, &status, 0);
    }
    k->pid = 0;
    return status;
}

static void keyd_open(struct keyd *k)
{
    *k = (struct keyd){0};
    fixture_open(&k->f);
    temp_open(&k->temp);
    ck_assert_int_eq(chmod(k->temp.path, 0755), 0);
    snprintf(k->socket, sizeof k->socket, "%s/keyd.sock", k->temp.path);
    snprintf(k->log, sizeof k->log, "%s/log", k->temp.path);
    issue_entry(&k->f, &alice_mail, issue_keys.ec256, NULL);
    start(k);
}

static void keyd_close(struct keyd *k)
{
    end(k, SIGTERM);
    fixture_close(&k->f);
    temp_close(&k->temp);
}
#define KEYD(k)                                                                                    \
    CLEANUP(keyd_close) struct keyd k;                                                             \
    keyd_open(&k)

static struct wire connect_to(const struct keyd *k)
{
    struct wire wire = {.fd = -1, .takes_descriptor = true, .passed = -1};
    UNTIL(io_connect(k->socket, &wire.fd, NULL) == 0, "it does not get to listen()");
    return wire;
}
#define autowire CLEANUP(wire_close) struct wire

static struct snapshot *ask_snapshot(struct wire *wire)
{
    struct snapshot *snapshot = NULL;
    struct err err = {0};
    deadline until = PATIENCE;
    ck_assert_int_eq(wire_send_snapshot_request(wire, 1, until, &err), 0);
    int rc = wire_receive_snapshot(wire, 1, until, &snapshot, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return snapshot;
}

static int ask_sign(struct wire *wire, const struct key_operation *operation, struct err *err)
{
    autobuf data = text_buf("0123456789abcdef0123456789abcdef");
    autobuf signature = {0};
    deadline until = PATIENCE;
    int rc = wire_send_operation(wire, WIRE_SIGN, 2, operation, &data, until, err);
    if (rc == 0)
        rc = wire_receive_result(wire, 2, until, &signature, err);
    if (rc == 0)
        ck_assert_uint_eq(signature.len, 64);
    return rc;
}

static void serves(const struct keyd *k)
{
    autowire wire = connect_to(k);
    struct err err = {0};
    int rc = ask_sign(&wire, &alice_signs, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
}

static const char *log_of(const struct keyd *k)
{
    static char text[8192];
    FILE *file = fopen(k->log, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

START_TEST(shows_signs_and_tells_of_changes)
{
    KEYD(k);
    autowire wire = connect_to(&k);
    autosnapshot *snapshot = ask_snapshot(&wire);
    struct err err = {0};
    uint64_t change;
    ck_assert_uint_eq(snapshot->n_tokens, 2);
    ck_assert_uint_eq(snapshot->n_objects, 4); /* with the issuer */
    ck_assert_int_ge(snapshot->changes, 0);
    ck_assert_int_eq(pread(snapshot->changes, &change, sizeof change, 0), sizeof change);
    ck_assert_uint_eq(change, snapshot->change);
    ck_assert_int_lt(pwrite(snapshot->changes, &change, sizeof change, 0), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ask_sign(&wire, &alice_signs, &err), 0);

    issue_entry(&k.f, &alice_mail, issue_keys.ec256, NULL);
    ck_assert_int_eq(pread(snapshot->changes, &change, sizeof change, 0), sizeof change);
    ck_assert_uint_ne(change, snapshot->change);
    ck_assert_int_eq(ask_sign(&wire, &alice_signs, &err), 0);
    autosnapshot *after = ask_snapshot(&wire);
    ck_assert_uint_eq(after->n_objects, 7);
    ck_assert_str_eq(log_of(&k), "");
}
END_TEST

/* What another user gets with the wire's own words: exit status 0 when all of it was refused. */
static int try_as_nobody(const struct keyd *k)
{
    if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
        return 10;
    autowire wire = {.fd = -1, .passed = -1, .takes_descriptor = true};
    struct err err = {0};
    if (io_connect(k->socket, &wire.fd, &err) < 0)
        return 11;
    if (ask_sign(&wire, &alice_signs, &err) != -ERR_DENIED || !strstr(err.text, "uid 65534"))
        return 12;
    autosnapshot *snapshot = ask_snapshot(&wire);
    if (snapshot->n_objects != 0 || snapshot->n_tokens != 2 ||
        snapshot->tokens[1].slot != 2 + NOBODY)
        return 13;
    if (ask_sign(&wire, &alice_signs, &err) != -ERR_DENIED)
        return 14;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", snapshot->changes);
    if (open(path, O_WRONLY | O_CLOEXEC) >= 0) /* the counter cannot be had for writing */
        return 15;
    return 0;
}

START_TEST(another_user_is_refused)
{
    KEYD(k);
    serves(&k);
    pid_t pid = fork();
    if (pid == 0)
        _exit(try_as_nobody(&k));
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(strstr(log_of(&k), "uid 65534, pid"), "%s", log_of(&k));
    serves(&k);
}
END_TEST

/* A frame's header: LENGTH in four bytes, version, operation, two zeros, request 1. */
#define HEAD(a, b, c, d, version, op) a, b, c, d, version, op, 0, 0, 0, 0, 0, 1

/* SIGN, 72 bytes in all, with alice's key and ECDSA; what follows is the total of its data. */
#define SIGN                                                                                       \
    HEAD(0, 0, 0, 72, WIRE_VERSION, 2),                                        /* */               \
        0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 1, 0, 0, 0, 4, 'm', 'a', 'i', 'l',  /* key */           \
        0, 0, 0, 0, 0, 0, 0x10, 0x41,                                          /* mechanism */     \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 /* parameters */

static const struct hostile_row {
    const char *said; /* in the journal; NULL: nothing */
    size_t len;
    uint8_t bytes[112];
} hostile_rows[] = {
    {"4294967295 bytes", 12, {HEAD(0xff, 0xff, 0xff, 0xff, WIRE_VERSION, 1)}},
    {"65537 bytes", 12, {HEAD(0, 1, 0, 1, WIRE_VERSION, 1)}},
    {"no frame", 12, {HEAD(0, 0, 0, 0, WIRE_VERSION, 1)}},
    {"no frame", 12, {HEAD(0, 0, 0, 11, WIRE_VERSION, 1)}},
    {"version 1", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION - 1, 1)}},
    {"unknown operation", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 0)}},
    {"unknown operation", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 99)}},
    {"no request", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 5)}}, /* DATA that nobody asked for */
    {"no request", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 6)}}, /* RESULT */
    {"malformed", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 2)}},  /* SIGN of nothing */
    {"malformed", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 3)}},  /* DECRYPT of nothing */
    {"malformed", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 4)}},  /* LOGIN to nothing */
    {"malformed", 12, {HEAD(0, 0, 0, 12, WIRE_VERSION, 8)}},  /* LOGOUT of nothing */
    {"limit", 72, {SIGN, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {"announced", 84, {SIGN, 0, 0, 0, 0, 0, 0, 0, 32, HEAD(0, 0, 0, 12, WIRE_VERSION, 1)}},
    {"no request", 85, {SIGN, 0, 0, 0, 0, 0, 0, 0, 0, HEAD(0, 0, 0, 13, WIRE_VERSION, 5), 1}},
    {"GET", 16, {"GET / HTTP/1.1\r\n"}},
    {NULL, 5, {HEAD(0, 0, 0, 12, WIRE_VERSION, 1)}}, /* stops in a header */
    {NULL, 40, {SIGN}},                              /* and in a body */
    {NULL, 0, {0}},
};

START_TEST(hostile_bytes_close_one_connection)
{
    const struct hostile_row *row = &hostile_rows[_i];
    KEYD(k);
    autowire bystander = connect_to(&k);
    autowire wire = connect_to(&k);
    struct err err = {0};
    uint8_t answer[256];
    ck_assert_int_eq(io_write(wire.fd, row->bytes, row->len, PATIENCE, &err), 0);
    shutdown(wire.fd, SHUT_WR);
    ssize_t n;
    do { /* an answer to what was right before, then the end: closed, or reset with bytes unread */
        struct pollfd p = {.fd = wire.fd, .events = POLLIN};
        ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
        n = recv(wire.fd, answer, sizeof answer, 0);
    } while (n > 0);

    if (row->said && strcmp(row->said, "GET") != 0)
        ck_assert_msg(strstr(log_of(&k), row->said), "'%s'", log_of(&k));
    if (row->said)
        ck_assert_msg(strstr(log_of(&k), "uid 0, pid"), "'%s'", log_of(&k));
    else
        ck_assert_str_eq(log_of(&k), "");
    ck_assert_int_eq(ask_sign(&bystander, &alice_signs, &err), 0);
    serves(&k);
}
END_TEST

START_TEST(an_open_connection_outlives_mistakes)
{
    KEYD(k);
    autowire wire = connect_to(&k);
    struct err err = {0};
    struct key_operation wrong = alice_signs;
    wrong.mechanism = CKM_RSA_PKCS;
    ck_assert_int_eq(ask_sign(&wire, &wrong, &err), -ERR_CONFIG);
    strcpy(wrong.ref.profile, "../x");
    ck_assert_int_eq(ask_sign(&wire, &wrong, &err), -ERR_DENIED);
    const struct key_ref mail = {.uid = ALICE, .profile = "mail"};
    const struct buf pin = {.data = (uint8_t[]){"secret"}, .len = 6};
    enum pin_verdict verdict = 0;
    deadline until = PATIENCE;
    ck_assert_int_eq(wire_send_login(&wire, 9, &mail, &pin, until, &err), 0);
    ck_assert_int_eq(wire_receive_verdict(&wire, 9, until, &verdict, &err), 0);
    ck_assert_int_eq(verdict, PIN_UNWANTED);
    ck_assert_int_eq(ask_sign(&wire, &alice_signs, &err), 0);
}
END_TEST

START_TEST(large_data)
{
    KEYD(k);
    autowire wire = connect_to(&k);
    struct err err = {0};
    autobuf data = {0}, signature = {0};
    struct key_operation operation = alice_signs;
    operation.mechanism = CKM_ECDSA_SHA256;
    ck_assert_int_eq(buf_reserve(&data, 8u << 20, &err), 0);
    memset(data.data, 'x', 8u << 20);
    data.len = 8u << 20;
    deadline until = PATIENCE;
    int rc = wire_send_operation(&wire, WIRE_SIGN, 3, &operation, &data, until, &err);
    if (rc == 0)
        rc = wire_receive_result(&wire, 3, until, &signature, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_uint_eq(signature.len, 64);
}
END_TEST

START_TEST(killed_and_started_again)
{
    KEYD(k);
    autowire before = connect_to(&k);
    autosnapshot *first = ask_snapshot(&before);
    ck_assert_int_eq(WTERMSIG(end(&k, SIGKILL)), SIGKILL);
    start(&k); /* over the socket that the dead one left */

    autowire after = connect_to(&k);
    autosnapshot *second = ask_snapshot(&after);
    struct err err = {0};
    ck_assert_int_eq(ask_sign(&after, &alice_signs, &err), 0);
    ck_assert_uint_eq(first->n_objects, second->n_objects);
    for (uint32_t i = 0; i < first->n_objects; i++)
        ck_assert_uint_eq(first->objects[i].handle, second->objects[i].handle);
    ck_assert_int_eq(end(&k, SIGTERM), 0);
}
END_TEST

/* From "Uid:\t1000\t..." in the status file: the real one. */
static long uid_of(pid_t pid)
{
    char path[64], line[256];
    long uid = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Uid: %ld", &uid) == 1)
            break;
    fclose(file);
    return uid;
}

START_TEST(root_becomes_the_owner_of_the_store)
{
    KEYD(k);
    char command[128];
    serves(&k);
    ck_assert_int_eq(uid_of(k.pid), 0);
    ck_assert_int_eq(end(&k, SIGTERM), 0);
    snprintf(command, sizeof command, "chown -R %d:%d %s", NOBODY, NOBODY, k.f.path);
    ck_assert_int_eq(system(command), 0);
    start(&k);
    serves(&k);
    ck_assert_int_eq(uid_of(k.pid), NOBODY);
}
END_TEST

static const struct argument_row {
    const char *arguments;
    bool succeeds;
    const char *says;
} argument_rows[] = {
    {"--help", true, "--store DIR"},
    {"--nonsense", false, "nonsense"},
    {"--store", false, "requires an argument"},
    {"extra", false, "extra"},
    {"--conf /x --store /nonexistent/store --run /tmp", false, "/nonexistent/store"},
    {"--store /tmp --run /nonexistent/run", false, "/nonexistent/run/keyd.sock"},
    {"--store /tmp --listen /tmp/$(printf %0200d 1)", false, "longer"},
};

START_TEST(arguments)
{
    const struct argument_row *row = &argument_rows[_i];
    char command[512], said[4096];
    snprintf(command, sizeof command, "%s/signet-keyd %s 2>&1", TEST_BUILDDIR, row->arguments);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    said[fread(said, 1, sizeof said - 1, pipe)] = 0;
    ck_assert_int_eq(pclose(pipe) == 0, row->succeeds);
    ck_assert_msg(strstr(said, row->says), "%s", said);
}
END_TEST

START_TEST(never_two_on_one_socket)
{
    KEYD(k);
    char command[256], said[1024];
    serves(&k);
    snprintf(command, sizeof command, "%s/signet-keyd --store %s --listen %s 2>&1", TEST_BUILDDIR,
             k.f.path, k.socket);
    FILE *pipe = popen(command, "r");
    said[fread(said, 1, sizeof said - 1, pipe)] = 0;
    ck_assert_int_ne(pclose(pipe), 0);
    ck_assert_msg(strstr(said, "another process serves"), "%s", said);
    serves(&k);
}
END_TEST

Suite *keyd_suite(void)
{
    Suite *suite = suite_create("pkcs11/keyd");
    TCase *tc = tcase_create("keyd");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_test(tc, shows_signs_and_tells_of_changes);
    tcase_add_test(tc, another_user_is_refused);
    tcase_add_loop_test(tc, hostile_bytes_close_one_connection, 0, LENGTH(hostile_rows));
    tcase_add_test(tc, an_open_connection_outlives_mistakes);
    tcase_add_test(tc, large_data);
    tcase_add_test(tc, killed_and_started_again);
    tcase_add_test(tc, root_becomes_the_owner_of_the_store);
    tcase_add_loop_test(tc, arguments, 0, LENGTH(argument_rows));
    tcase_add_test(tc, never_two_on_one_socket);
    suite_add_tcase(suite, tc);
    return suite;
}
