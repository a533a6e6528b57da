#include "pkcs11/connection.h"

#include "base/log.h"
#include "base/proc.h"
#include "pkcs11/backend_store.h"
#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* From the first byte of a request to its last; so long for its answer. */
#define REQUEST_MS 10000
#define LINES_MAX  20 /* what one connection can make us write into the journal */

struct connection {
    const struct connection_setting *setting;
    struct wire wire;
    struct backend *backend;
    struct ucred peer;
    unsigned lines;
    char last[ERR_TEXT_MAX]; /* line, not to be repeated */
};

static void connection_end(struct connection *c)
{
    if (c->backend)
        c->backend->close(c->backend);
    wire_close(&c->wire);
}

static void say(struct connection *c, int priority, const char *what)
{
    if (c->lines >= LINES_MAX || strcmp(c->last, what) == 0)
        return;
    c->lines++;
    snprintf(c->last, sizeof c->last, "%s", what);
    log_line(priority, "uid %u, pid %d: %s%s", c->peer.uid, c->peer.pid, what,
             c->lines == LINES_MAX ? " (no more lines from this connection)" : "");
}

static void report(const struct err *what, void *context)
{
    say(context, LOG_WARNING, what->text);
}

static int answer_snapshot(struct connection *c, const struct wire_frame *frame, deadline until,
                           struct err *err)
{
    autosnapshot *snapshot = NULL;
    struct err failed;
    if (c->backend->snapshot(c->backend, &snapshot, &failed) == 0)
        return wire_send_snapshot(&c->wire, frame->id, snapshot, until, err);
    say(c, LOG_ERR, failed.text);
    return wire_send_error(&c->wire, frame->id, &failed, until, err);
}

static int answer_operation(struct connection *c, const struct wire_frame *frame, deadline until,
                            struct err *err)
{
    struct key_operation operation = {0};
    autobuf data = {0}, result = {0};
    bool signs = frame->op == WIRE_SIGN;
    uint32_t id = frame->id;
    struct err failed;

    int rc = wire_receive_operation(&c->wire, frame, until, &operation, &data, err);
    if (rc < 0)
        return rc;
    /* A TPM that hangs can be left in no other way. */
    proc_end_after(c->setting->operation_ms);
    rc = signs ? c->backend->sign(c->backend, &operation, &data, &result, &failed)
               : c->backend->decrypt(c->backend, &operation, &data, &result, &failed);
    proc_end_after(0);
    buf_free(&operation.label);
    until = deadline_in(REQUEST_MS);
    if (rc == BACKEND_LOGIN)
        return wire_send_login_first(&c->wire, id, until, err);
    if (rc == 0)
        return wire_send_result(&c->wire, id, &result, until, err);
    say(c, failed.class == ERR_DENIED ? LOG_NOTICE : LOG_WARNING, failed.text);
    return wire_send_error(&c->wire, id, &failed, until, err);
}

static void say_verdict(struct connection *c, const char *profile, enum pin_verdict verdict)
{
    static const char *const texts[PIN_VERDICTS] = {
        [PIN_WRONG] = "a wrong PIN",
        [PIN_LOCKED] = "the TPM has had too many wrong PINs",
        [PIN_PAUSED] = "too many wrong PINs: for a while none is tried",
    };
    char line[128];
    if (!texts[verdict])
        return;
    snprintf(line, sizeof line, "%s: %s", profile, texts[verdict]);
    say(c, LOG_NOTICE, line);
}

static int answer_login(struct connection *c, const struct wire_frame *frame, deadline until,
                        struct err *err)
{
    struct key_ref token;
    autobuf pin = {0};
    enum pin_verdict verdict = 0;
    uint32_t id = frame->id;
    struct err failed;

    int rc = wire_receive_login(&c->wire, frame, &token, &pin, err);
    if (rc < 0)
        return rc;
    proc_end_after(c->setting->operation_ms);
    rc = c->backend->login(c->backend, &token, &pin, &verdict, &failed);
    proc_end_after(0);
    until = deadline_in(REQUEST_MS);
    if (rc < 0) {
        say(c, failed.class == ERR_DENIED ? LOG_NOTICE : LOG_WARNING, failed.text);
        return wire_send_error(&c->wire, id, &failed, until, err);
    }
    say_verdict(c, token.profile, verdict);
    /* What a client does about it is the same; and one that was loaded before an upgrade knows of
     * no pause. */
    if (verdict == PIN_PAUSED)
        verdict = PIN_LOCKED;
    return wire_send_verdict(&c->wire, id, verdict, until, err);
}

static int answer_logout(struct connection *c, const struct wire_frame *frame, deadline until,
                         struct err *err)
{
    const struct buf nothing = {0};
    struct key_ref token;
    autobuf pin = {0};
    uint32_t id = frame->id;
    struct err failed;

    int rc = wire_receive_login(&c->wire, frame, &token, &pin, err);
    if (rc < 0)
        return rc;
    rc = c->backend->logout(c->backend, &token, &failed);
    return rc < 0 ? wire_send_error(&c->wire, id, &failed, until, err)
                  : wire_send_result(&c->wire, id, &nothing, until, err);
}

static const struct {
    enum wire_op op;
    int (*answer)(struct connection *c, const struct wire_frame *frame, deadline until,
                  struct err *err);
} requests[] = {
    {WIRE_SNAPSHOT, answer_snapshot}, {WIRE_SIGN, answer_operation},
    {WIRE_DECRYPT, answer_operation}, {WIRE_LOGIN, answer_login},
    {WIRE_LOGOUT, answer_logout},
};

static int answer(struct connection *c, const struct wire_frame *frame, deadline until,
                  struct err *err)
{
    for (size_t i = 0; i < LENGTH(requests); i++)
        if (requests[i].op == frame->op)
            return requests[i].answer(c, frame, until, err);
    return wire_break(&c->wire, err, "a frame that is no request");
}

/* Clients hold their connection for as long as they live: between two requests there is no
 * deadline. */
static void wait_for_request(const struct connection *c)
{
    struct pollfd p = {.fd = c->wire.fd, .events = POLLIN};
    if (c->wire.input.len > c->wire.used)
        return; /* the next one is here already */
    while (poll(&p, 1, -1) < 0 && errno == EINTR)
        continue;
}

/* One request and its answer: 1, or 0 when the peer has left. */
static int serve_one(struct connection *c, struct err *err)
{
    struct wire_frame frame;
    wait_for_request(c);
    deadline until = deadline_in(REQUEST_MS);
    int rc = wire_receive(&c->wire, until, &frame, err);
    if (rc <= 0)
        return rc;
    rc = answer(c, &frame, until, err);
    return rc < 0 ? rc : 1;
}

int connection_serve(int fd, const struct ucred *credentials, void *context)
{
    CLEANUP(connection_end)
    struct connection c = {
        .setting = context, .wire = {.fd = fd, .passed = -1}, .peer = *credentials};
    CLEANUP(peer_free) struct peer peer = {0};
    struct err err;

    int rc = peer_of_socket(fd, credentials, &peer, &err);
    if (rc == 0)
        rc = backend_store_open(c.setting->store, &peer, report, &c, &c.backend, &err);
    while (rc == 0 && (rc = serve_one(&c, &err)) == 1)
        rc = 0;
    if (rc == 0)
        return EXIT_SUCCESS;
    /* A client that was killed in the middle of something is nothing to look at. */
    err_context(&err, "connection closed");
    say(&c, err.class == ERR_RETRY ? LOG_DEBUG : LOG_WARNING, err.text);
    return EXIT_FAILURE;
}
