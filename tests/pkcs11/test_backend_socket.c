/* The socket back end against a service that does what a script says. */
#include "pkcs11/backend_socket.h"

#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"
#include "tests/pkcs11/fake.h"
#include "tests/temp.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* What the service does with one connection. */
enum act {
    END = 0, /* of the script */
    SERVE,   /* answers until the peer leaves */
    ONCE,    /* answers one request, then hangs up */
    GONE,    /* hangs up at once */
    DROP,    /* reads a request and hangs up */
    HALF,    /* stops inside its answer */
    HUGE,    /* announces 4 GiB */
    FOREIGN, /* answers another request */
    RUBBISH,
    LISTEN, /* reads and says nothing, which is what a blurter does next */
};

#define ACTS_MAX 4

static struct temp temp;
static char path[96];
static int listener, changes; /* the service's `changes` */
static pid_t service;

static void answer(struct wire *wire, const struct wire_frame *frame, uint32_t id)
{
    static const struct err denied = {.class = ERR_DENIED, .text = "not yours"};
    if (frame->op == WIRE_SNAPSHOT) {
        autosnapshot *snapshot = fake_snapshot(false);
        snapshot->changes = dup(changes);
        ck_assert_int_eq(pread(changes, &snapshot->change, sizeof snapshot->change, 0), 8);
        wire_send_snapshot(wire, id, snapshot, PATIENCE, NULL);
        return;
    }
    struct key_operation operation = {0};
    autobuf data = {0};
    if (wire_receive_operation(wire, frame, PATIENCE, &operation, &data, NULL) < 0)
        return;
    if (strcmp(operation.ref.profile, "denied") == 0)
        wire_send_error(wire, id, &denied, PATIENCE, NULL);
    else
        wire_send_result(wire, id, &data, PATIENCE, NULL);
    buf_free(&operation.label);
}

static void blurt(int fd, const char *bytes, size_t len)
{
    ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void act_on(int fd, enum act act)
{
    CLEANUP(wire_close) struct wire wire = {.fd = fd, .passed = -1};
    struct wire_frame frame;
    if (act == GONE)
        return;
    while (wire_receive(&wire, deadline_in(30000), &frame, NULL) == 1) {
        switch (act) {
        case HALF:
            blurt(fd, "\0\0\0\x20\2", 5);
            return;
        case HUGE:
            blurt(fd, "\xff\xff\xff\xff\2\6\0\0\0\0\0\1", 12);
            act = LISTEN;
            break;
        case RUBBISH:
            blurt(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
            act = LISTEN;
            break;
        case DROP:
            return;
        case LISTEN:
            break;
        default:
            answer(&wire, &frame, act == FOREIGN ? frame.id + 1 : frame.id);
        }
        if (act == ONCE)
            return;
    }
}

static void start_service(const enum act *script)
{
    service = fork();
    if (service != 0)
        return;
    for (int i = 0; i < ACTS_MAX && script[i] != END; i++)
        act_on(accept(listener, NULL, NULL), script[i]);
    _exit(0);
}

static void stop_service(void)
{
    if (service > 0) {
        kill(service, SIGKILL);
        waitpid(service, NULL, 0);
    }
    service = 0;
}

static void setup(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    temp_open(&temp);
    snprintf(path, sizeof path, "%s/keyd.sock", temp.path);
    strcpy(address.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    changes = memfd_create("changes", MFD_CLOEXEC);
    ck_assert_int_eq(pwrite(changes, "\0\0\0\0\0\0\0\1", 8, 0), 8);
    ck_assert_int_eq(setenv("SIGNET_KEYD_SOCKET", path, 1), 0);
}

static void teardown(void)
{
    stop_service();
    close(listener);
    close(changes);
    temp_close(&temp);
    unsetenv("SIGNET_KEYD_SOCKET");
}

static struct backend *open_backend(void)
{
    struct backend *backend;
    ck_assert_int_eq(backend_socket_open(&backend, NULL), 0);
    return backend;
}

static int sign(struct backend *backend, const char *profile, struct err *err)
{
    const struct buf data = {(uint8_t *)(uintptr_t) "data", 4, 0};
    struct key_operation operation = {.mechanism = CKM_RSA_PKCS};
    autobuf signature = {0};
    strcpy(operation.ref.profile, profile);
    int rc = backend->sign(backend, &operation, &data, &signature, err);
    ck_assert(rc < 0 || buf_equal(&signature, &data)); /* this service signs like that */
    return rc;
}

START_TEST(asks_and_is_answered)
{
    static const enum act script[ACTS_MAX] = {SERVE};
    struct err err;
    autosnapshot *snapshot = NULL;
    start_service(script);
    struct backend *backend = open_backend();
    ck_assert_int_eq(backend->snapshot(backend, &snapshot, &err), 0);
    ck_assert_uint_eq(snapshot->n_objects, 6);
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    ck_assert_int_eq(sign(backend, "denied", &err), -ERR_DENIED);
    ck_assert_str_eq(err.text, "not yours");
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
}
END_TEST

START_TEST(sees_changes_without_asking)
{
    static const enum act script[ACTS_MAX] = {ONCE};
    autosnapshot *snapshot = NULL;
    start_service(script);
    struct backend *backend = open_backend();
    ck_assert_int_eq(backend->snapshot(backend, &snapshot, NULL), 0);
    stop_service();
    ck_assert(!backend->changed(backend, snapshot));
    ck_assert_int_eq(pwrite(changes, "\0\0\0\0\0\0\0\2", 8, 0), 8);
    ck_assert(backend->changed(backend, snapshot));
    ck_assert_int_eq(ftruncate(changes, 3), 0);
    ck_assert(backend->changed(backend, snapshot));
    backend->close(backend);
}
END_TEST

/* What happens to the connection that is there, and to the one after it. */
static const struct {
    const char *what;
    enum act script[ACTS_MAX];
    const char *profile;
    int expected;
} mishaps[] = {
    {"none", {SERVE}, "wifi", 0},
    {"hung up before", {GONE, SERVE}, "wifi", 0},
    {"hung up in between", {DROP, SERVE}, "wifi", 0},
    {"half an answer", {HALF, SERVE}, "wifi", 0},
    {"an answer of 4 GiB", {HUGE, SERVE}, "wifi", 0},
    {"another request's answer", {FOREIGN, SERVE}, "wifi", 0},
    {"rubbish", {RUBBISH, SERVE}, "wifi", 0},
    {"a refusal is final", {SERVE, SERVE}, "denied", -ERR_DENIED},
    {"a refusal after a mishap", {DROP, SERVE}, "denied", -ERR_DENIED},
    {"hung up twice", {DROP, DROP, SERVE}, "wifi", -ERR_RETRY},
    {"gone twice", {GONE, GONE, SERVE}, "wifi", -ERR_RETRY},
    {"huge twice", {HUGE, HUGE, SERVE}, "wifi", -ERR_RESOURCE},
    {"rubbish twice", {RUBBISH, RUBBISH, SERVE}, "wifi", -ERR_RESOURCE},
    {"mishap upon mishap", {HALF, FOREIGN, SERVE}, "wifi", -ERR_DENIED},
};

START_TEST(one_mishap_is_forgiven)
{
    struct err err = {0};
    start_service(mishaps[_i].script);
    struct backend *backend = open_backend();
    ck_assert_msg(sign(backend, mishaps[_i].profile, &err) == mishaps[_i].expected, "%s: %s",
                  mishaps[_i].what, err.text);
    if (mishaps[_i].expected <
        0) /* and whatever it was, the next request finds the service again */
        ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
}
END_TEST

START_TEST(a_restarted_service_is_found_again)
{
    static const enum act script[ACTS_MAX] = {SERVE};
    struct err err;
    start_service(script);
    struct backend *backend = open_backend();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(sign(backend, "wifi", &err), 0);
        stop_service();
        start_service(script);
    }
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
}
END_TEST

START_TEST(a_missing_service_is_an_error_at_once)
{
    static const enum act script[ACTS_MAX] = {SERVE};
    struct err err;
    autosnapshot *snapshot = NULL;
    char away[110];
    snprintf(away, sizeof away, "%s.away", path);
    ck_assert_int_eq(rename(path, away), 0);
    struct backend *backend = open_backend();
    ck_assert_int_eq(backend->snapshot(backend, &snapshot, &err), -ERR_RETRY);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_int_eq(sign(backend, "wifi", &err), -ERR_RETRY);
    ck_assert_int_eq(rename(away, path), 0);
    start_service(script);
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
}
END_TEST

START_TEST(a_child_hangs_up_without_a_word)
{
    static const enum act script[ACTS_MAX] = {SERVE, SERVE};
    struct err err;
    int status;
    start_service(script);
    struct backend *backend = open_backend();
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    pid_t pid = fork();
    if (pid == 0) {
        backend->abandon(backend);
        backend->close(backend);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
}
END_TEST

/* A daemon that closes every descriptor and opens its own: a file now stands where our socket
 * stood. */
START_TEST(a_descriptor_that_is_no_longer_ours_is_left_alone)
{
    static const enum act script[ACTS_MAX] = {SERVE, SERVE};
    struct err err;
    struct stat st;
    autosnapshot *snapshot = NULL;
    start_service(script);
    int before = dup(listener); /* the number that the connection will not get */
    struct backend *backend = open_backend();
    ck_assert_int_eq(backend->snapshot(backend, &snapshot, &err), 0);

    int theirs[8];
    for (int i = 0; i < 8; i++) {
        int fd = before + 1 + i;
        theirs[i] = memfd_create("theirs", MFD_CLOEXEC);
        if (fd <= snapshot->changes && fd != theirs[i])
            ck_assert_int_eq(dup2(theirs[i], fd), fd);
    }
    int over_ours = snapshot->changes;
    ck_assert(backend->changed(backend, snapshot));
    ck_assert_int_eq(sign(backend, "wifi", &err), 0);
    backend->close(backend);
    snapshot_free(steal(&snapshot));
    ck_assert_int_eq(fcntl(over_ours, F_GETFD) >= 0, 1);
    for (int fd = before + 1; fd <= over_ours; fd++)
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            ck_assert_int_eq(st.st_size, 0);
    close(before);
}
END_TEST

START_TEST(never_a_standard_descriptor)
{
    static const enum act script[ACTS_MAX] = {SERVE};
    struct err err;
    start_service(script);
    int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    close(STDIN_FILENO);
    struct backend *backend = open_backend();
    autosnapshot *snapshot = NULL;
    int rc = backend->snapshot(backend, &snapshot, &err);
    bool taken = fcntl(STDIN_FILENO, F_GETFD) >= 0;
    if (kept >= 0)
        dup2(kept, STDIN_FILENO);
    close(kept);
    ck_assert_int_eq(rc, 0);
    ck_assert(!taken);
    backend->close(backend);
}
END_TEST

Suite *backend_socket_suite(void)
{
    Suite *suite = suite_create("pkcs11/backend_socket");
    TCase *tc = tcase_create("backend_socket");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, asks_and_is_answered);
    tcase_add_test(tc, sees_changes_without_asking);
    tcase_add_loop_test(tc, one_mishap_is_forgiven, 0, LENGTH(mishaps));
    tcase_add_test(tc, a_restarted_service_is_found_again);
    tcase_add_test(tc, a_missing_service_is_an_error_at_once);
    tcase_add_test(tc, a_child_hangs_up_without_a_word);
    tcase_add_test(tc, a_descriptor_that_is_no_longer_ours_is_left_alone);
    tcase_add_test(tc, never_a_standard_descriptor);
    suite_add_tcase(suite, tc);
    return suite;
}
