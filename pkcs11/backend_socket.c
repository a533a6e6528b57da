#include "pkcs11/backend_socket.h"

#include "base/io.h"
#include "pkcs11/journal.h"
#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define KEYD_SOCKET  RUNDIR "/keyd.sock"
#define SNAPSHOT_MS  5000
#define OPERATION_MS 30000

struct keyd {
    struct backend backend; /* first: the core's pointer is ours */
    char *path;
    struct wire wire;
    ino_t inode;      /* of our socket, to know it from what an application put in its place */
    uint32_t last_id; /* of requests */
    bool reported;    /* the journal knows that the service is missing */
    deadline hung; /* until then, a service that let a deadline pass is not asked for snapshots */
};

static struct keyd *keyd_of(struct backend *backend)
{
    return (struct keyd *)(void *)backend;
}

/* Is the descriptor still the socket that we opened? Daemons close what they do not know. */
static bool still_ours(const struct keyd *keyd)
{
    struct stat st;
    return keyd->wire.fd >= 0 && fstat(keyd->wire.fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
           st.st_ino == keyd->inode;
}

static void disconnect(struct keyd *keyd)
{
    if (!still_ours(keyd))
        keyd->wire.fd = -1;
    wire_close(&keyd->wire);
}

/* Moves a new descriptor away from 0, 1 and 2: a program without a standard error would talk to
 * keyd instead. Says what file it is, to know it again. */
static int settle(int *fd, ino_t *ret_inode, struct err *err)
{
    struct stat st;
    if (*fd <= STDERR_FILENO) {
        int above = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (above < 0)
            return err_errno(err, "duplicate a descriptor");
        close(*fd);
        *fd = above;
    }
    if (fstat(*fd, &st) < 0)
        return err_errno(err, "look at a descriptor");
    *ret_inode = st.st_ino;
    return 0;
}

static int reconnect(struct keyd *keyd, struct err *err)
{
    autoclose int fd = -1;
    int rc = io_connect(keyd->path, &fd, err);
    if (rc == 0)
        rc = settle(&fd, &keyd->inode, err);
    if (rc == 0)
        keyd->wire.fd = steal_fd(&fd);
    return rc;
}

/* The journal hears once that the service fails, not with each call. */
static int report(struct keyd *keyd, int rc, const struct err *err)
{
    if (rc < 0 && !keyd->reported)
        journal_line(LOG_WARNING,
                     "the key service does not answer at %s: %s (is signet-keyd running?)",
                     keyd->path, err->text);
    keyd->reported = rc < 0;
    return rc;
}

/* One request, in whatever way it is asked and answered. */
struct request {
    int (*ask)(struct wire *wire, uint32_t id, const struct request *request, deadline until,
               struct err *err);
    enum wire_op op;
    const struct key_operation *operation;
    const struct buf *data;
    struct buf *ret_data;
    struct snapshot **ret_snapshot;
    const struct key_ref *token;
    const struct buf *pin;
    enum pin_verdict *ret_verdict;
};

/* Asks over the connection that is there, and over a new one when that has gone: keyd was
 * restarted. What keyd itself answers, a refusal too, is final. A PIN goes out once: nobody knows
 * whether keyd has tried it before the connection went. */
static int exchange(struct keyd *keyd, const struct request *request, int64_t ms, struct err *err)
{
    deadline until = deadline_in(ms);
    struct err failure = {0};
    int rc;

    for (;;) {
        bool fresh = !still_ours(keyd);
        if (fresh) {
            disconnect(keyd);
            rc = reconnect(keyd, &failure);
            if (rc < 0)
                break;
        }
        rc = request->ask(&keyd->wire, ++keyd->last_id, request, until, &failure);
        if (!keyd->wire.broken) {
            keyd->reported = false;
            break;
        }
        disconnect(keyd);
        if (fresh || request->pin || deadline_left(until) == 0)
            break;
    }
    if (rc < 0 && keyd->wire.fd < 0)
        report(keyd, rc, &failure);
    if (rc < 0 && deadline_left(until) == 0)
        keyd->hung = deadline_in(ms);
    return rc < 0 ? err_set(err, failure.class, "%s", failure.text) : rc;
}

static int ask_snapshot(struct wire *wire, uint32_t id, const struct request *request,
                        deadline until, struct err *err)
{
    autosnapshot *snapshot = NULL;
    int rc = wire_send_snapshot_request(wire, id, until, err);
    if (rc == 0)
        rc = wire_receive_snapshot(wire, id, until, &snapshot, err);
    if (rc == 0 && snapshot->changes >= 0)
        rc = settle(&snapshot->changes, &snapshot->changes_inode, err);
    if (rc == 0)
        *request->ret_snapshot = steal(&snapshot);
    return rc;
}

static int keyd_snapshot(struct backend *backend, struct snapshot **ret, struct err *err)
{
    struct keyd *keyd = keyd_of(backend);
    const struct request request = {.ask = ask_snapshot, .ret_snapshot = ret};
    if (keyd->hung && deadline_left(keyd->hung) > 0)
        return err_set(err, ERR_RETRY, "the key service at %s hangs", keyd->path);
    return exchange(keyd, &request, SNAPSHOT_MS, err);
}

static bool keyd_changed(struct backend *backend, const struct snapshot *snapshot)
{
    (void)backend;
    uint64_t change;
    return snapshot->changes < 0 ||
           pread(snapshot->changes, &change, sizeof change, 0) != (ssize_t)sizeof change ||
           change != snapshot->change;
}

static int ask_operation(struct wire *wire, uint32_t id, const struct request *request,
                         deadline until, struct err *err)
{
    int rc =
        wire_send_operation(wire, request->op, id, request->operation, request->data, until, err);
    return rc < 0 ? rc : wire_receive_result(wire, id, until, request->ret_data, err);
}

static int keyd_sign(struct backend *backend, const struct key_operation *operation,
                     const struct buf *data, struct buf *ret_signature, struct err *err)
{
    const struct request request = {.ask = ask_operation,
                                    .op = WIRE_SIGN,
                                    .operation = operation,
                                    .data = data,
                                    .ret_data = ret_signature};
    return exchange(keyd_of(backend), &request, OPERATION_MS, err);
}

static int keyd_decrypt(struct backend *backend, const struct key_operation *operation,
                        const struct buf *data, struct buf *ret_plain, struct err *err)
{
    const struct request request = {.ask = ask_operation,
                                    .op = WIRE_DECRYPT,
                                    .operation = operation,
                                    .data = data,
                                    .ret_data = ret_plain};
    return exchange(keyd_of(backend), &request, OPERATION_MS, err);
}

/* Has the other end gone, as far as can be seen from here? It never speaks unasked. */
static bool is_stale(const struct keyd *keyd)
{
    struct pollfd p = {.fd = keyd->wire.fd, .events = POLLIN | POLLRDHUP};
    return poll(&p, 1, 0) != 0;
}

static int ask_login(struct wire *wire, uint32_t id, const struct request *request, deadline until,
                     struct err *err)
{
    int rc = wire_send_login(wire, id, request->token, request->pin, until, err);
    return rc < 0 ? rc : wire_receive_verdict(wire, id, until, request->ret_verdict, err);
}

static int keyd_login(struct backend *backend, const struct key_ref *token, const struct buf *pin,
                      enum pin_verdict *ret, struct err *err)
{
    struct keyd *keyd = keyd_of(backend);
    const struct request request = {
        .ask = ask_login, .token = token, .pin = pin, .ret_verdict = ret};
    if (still_ours(keyd) && is_stale(keyd))
        disconnect(keyd);
    return exchange(keyd, &request, OPERATION_MS, err);
}

static int ask_logout(struct wire *wire, uint32_t id, const struct request *request, deadline until,
                      struct err *err)
{
    autobuf nothing = {0};
    int rc = wire_send_logout(wire, id, request->token, until, err);
    return rc < 0 ? rc : wire_receive_result(wire, id, until, &nothing, err);
}

static int keyd_logout(struct backend *backend, const struct key_ref *token, struct err *err)
{
    const struct request request = {.ask = ask_logout, .token = token};
    return exchange(keyd_of(backend), &request, SNAPSHOT_MS, err);
}

/* close() alone says nothing to keyd while the parent holds its descriptor. */
static void keyd_abandon(struct backend *backend)
{
    struct keyd *keyd = keyd_of(backend);
    if (still_ours(keyd))
        close(keyd->wire.fd);
    keyd->wire.fd = -1;
}

static void keyd_close(struct backend *backend)
{
    struct keyd *keyd = keyd_of(backend);
    disconnect(keyd);
    free(keyd->path);
    free(keyd);
}

int backend_socket_open(struct backend **ret, struct err *err)
{
    const char *path = secure_getenv("SIGNET_KEYD_SOCKET");
    struct keyd *keyd = calloc(1, sizeof *keyd);
    autofree char *copy = strdup(path ? path : KEYD_SOCKET);
    if (!keyd || !copy) {
        free(keyd);
        return err_memory(err);
    }
    *keyd = (struct keyd){
        .backend = {.snapshot = keyd_snapshot,
                    .changed = keyd_changed,
                    .sign = keyd_sign,
                    .decrypt = keyd_decrypt,
                    .login = keyd_login,
                    .logout = keyd_logout,
                    .abandon = keyd_abandon,
                    .close = keyd_close},
        .path = steal(&copy),
        .wire = {.fd = -1, .passed = -1, .takes_descriptor = true},
    };
    /* Now, while the program can still reach the socket: it may drop privileges or enter a chroot.
     */
    struct err failure;
    report(keyd, reconnect(keyd, &failure), &failure);
    *ret = &keyd->backend;
    return 0;
}
