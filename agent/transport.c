#include "agent/transport.h"

#include "agent/fetch_frame.h"
#include "base/proc.h"

static int start(struct transport *transport, struct err *err)
{
    char *const argv[] = {(char *)transport->fetch, transport->keytab ? "--keytab" : NULL,
                          (char *)transport->keytab, NULL};
    return proc_start(argv, &transport->pid, &transport->lines.fd, err);
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

void transport_close(struct transport *transport)
{
    if (transport->pid == 0)
        return;
    close(transport->lines.fd);
    proc_end(transport->pid);
    buf_free(&transport->lines.buffer);
    transport->pid = 0;
}

int transport_call(struct transport *transport, const struct scep_http *call,
                   struct scep_answer *ret, struct err *err)
{
    int rc = transport->pid == 0 ? start(transport, err) : 0;
    if (rc < 0)
        return rc;

    /* Its own deadline is the one that should strike, with a reason; ours is for when it hangs. */
    deadline until = deadline_in(transport->timeout_ms + transport->timeout_ms / 6);
    const struct fetch_call request = {
        .url = call->url,
        .type = call->content_type,
        .body = call->body,
        .auth = transport->auth,
        .user = transport->user,
        .secret = transport->secret,
        .limit = transport->limit,
        .timeout_ms = transport->timeout_ms,
    };
    rc = fetch_request_send(transport->lines.fd, &request, until, err);
    if (rc == -ERR_RETRY)
        err_context(err, "signet-fetch");
    if (rc == 0)
        rc = fetch_answer_receive(&transport->lines, transport->limit, until, &ret->status,
                                  &ret->body, err);
    if (rc < 0)
        transport_close(transport); /* what it may still say belongs to no call of ours */
    return rc;
}
