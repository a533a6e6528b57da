#include "agent/transport.h"

#include "fetch/answer.h"
#include "agent/tls_sign.h"
#include "base/proc.h"

#include <poll.h>

/* For one exchange: every redirect may be another connection. */
#define SIGNATURES_MAX (2 * (FETCH_REDIRECTS_MAX + 1))

static int start(struct transport *transport, struct err *err)
{
    char *const argv[] = {(char *)transport->fetch, transport->keytab ? "--keytab" : NULL,
                          (char *)transport->keytab, NULL};
    /* GnuTLS, which comes with libcurl for protocols that are not ours, need not get ready. */
    return proc_start(argv, "GNUTLS_NO_IMPLICIT_INIT=1", &transport->pid, &transport->lines.fd,
                      err);
}

int transport_open(const char *fetch, const char *keytab, struct transport *ret, struct err *err)
{
    struct transport transport = {.fetch = fetch,
                                  .keytab = keytab,
                                  .timeout_ms = TRANSPORT_TIMEOUT_MS,
                                  .limit = FETCH_BODY_MAX,
                                  .lines = {.fd = -1, .max = FETCH_LINE_MAX}};

    int rc = start(&transport, err);
    if (rc == 0)
        *ret = transport;
    return rc;
}

/* One that has waited too long has hung up. */
static bool take_standby(struct transport *standby, struct transport *ret)
{
    if (!standby || standby->pid == 0)
        return false;
    struct pollfd p = {.fd = standby->lines.fd, .events = POLLIN};
    if (poll(&p, 1, 0) != 0) {
        transport_close(standby);
        return false;
    }
    *ret = *standby;
    standby->pid = 0;
    return true;
}

int transport_open_scep(const struct agent *agent, const struct route *route, struct transport *ret,
                        struct err *err)
{
    int rc = take_standby(agent->standby, ret) ? 0 : transport_open(agent->fetch, NULL, ret, err);
    if (rc < 0)
        return rc;
    ret->route = route;
    ret->follow = true;
    if (agent->timeout_ms)
        ret->timeout_ms = agent->timeout_ms;
    ret->until = deadline_in(agent->total_ms ? agent->total_ms : TRANSPORT_TOTAL_MS);
    return 0;
}

void transport_close(struct transport *transport)
{
    if (transport->pid == 0)
        return;
    close(transport->lines.fd);
    proc_end(transport->pid);
    buf_free(&transport->lines.buffer);
    transport->pid = 0;
    transport->dismissed = false;
}

/* The answer, once whatever signet-fetch wants signed for TLS has been signed. */
static int receive(struct transport *transport, deadline until, struct fetch_answer *ret,
                   struct err *err)
{
    EVP_PKEY *key = transport->route ? transport->route->key : NULL;
    for (int signatures = 0;; signatures++) {
        CLEANUP(fetch_answer_free) struct fetch_answer answer = {0};
        autobuf signature = {0};
        struct err fault;
        int rc = fetch_answer_receive(&transport->lines, transport->limit, until, &answer, err);
        if (rc < 0) {
            ret->timed_out = answer.timed_out;
            return rc;
        }
        if (answer.status) {
            *ret = answer;
            answer = (struct fetch_answer){0};
            return 0;
        }
        if (!key || signatures == SIGNATURES_MAX)
            return err_set(err, ERR_BUG, "signet-fetch: wants something signed");
        rc = tls_sign(key, answer.scheme, &answer.body, &signature, &fault);
        rc = rc == 0 ? fetch_signature_send(transport->lines.fd, &signature, until, err)
                     : fetch_error_send(transport->lines.fd, &fault, false, until, err);
        if (rc < 0)
            return err_context(err, "signet-fetch");
    }
}

/* Milliseconds for the next exchange; 0: there is no time left for one. */
static int64_t time_for(const struct transport *transport)
{
    int64_t left = transport->until ? deadline_left(transport->until) : transport->timeout_ms;
    return left < transport->timeout_ms ? left : transport->timeout_ms;
}

int transport_call(struct transport *transport, const struct scep_http *call,
                   struct scep_answer *ret, struct err *err)
{
    struct fetch_answer answer = {0};
    int64_t timeout_ms = time_for(transport);
    if (timeout_ms == 0) {
        ret->timed_out = true;
        return err_set(err, ERR_RETRY,
                       "not asked: what went before has taken all the time of this attempt");
    }
    if (transport->dismissed)
        transport_close(transport);
    int rc = transport->pid == 0 ? start(transport, err) : 0;
    if (rc < 0)
        return rc;

    /* Its own deadline is the one that should strike, with a reason; ours is for when it hangs. */
    deadline until = deadline_in(timeout_ms + timeout_ms / 6);
    const struct route straight = {0};
    const struct fetch_call request = {
        .url = call->url,
        .type = call->content_type,
        .body = call->body,
        .auth = transport->auth,
        .user = transport->user,
        .secret = transport->secret,
        .limit = transport->limit,
        .timeout_ms = timeout_ms,
        .redirects = transport->follow ? FETCH_REDIRECTS_MAX : 0,
        .route = route_to(transport->route ? transport->route : &straight, call->url),
    };
    rc = fetch_request_send(transport->lines.fd, &request, until, err);
    if (rc == -ERR_RETRY)
        err_context(err, "signet-fetch");
    if (rc == 0)
        rc = receive(transport, until, &answer, err);
    ret->timed_out = rc < 0 && (answer.timed_out || deadline_left(until) == 0);
    if (rc < 0) {
        transport_close(transport); /* what it may still say belongs to no call of ours */
        return rc;
    }
    transport->dismissed = call->last;
    if (transport->dismissed)
        proc_kill(transport->pid);
    ret->status = answer.status;
    ret->retry_after = answer.retry_after;
    ret->proxy = request.route.proxy;
    ret->secrets = (struct secrets){0};
    if (transport->secret)
        secrets_add(&ret->secrets, transport->secret->data, transport->secret->len);
    if (transport->route && request.route.proxy)
        secrets_add_login(&ret->secrets, &transport->route->login);
    buf_free(&ret->body);
    ret->body = answer.body;
    return 0;
}
