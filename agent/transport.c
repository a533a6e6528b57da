#include "agent/transport.h"

#include "agent/fetch_frame.h"
#include "base/proc.h"

int transport_open(const char *fetch, struct transport *ret, struct err *err)
{
    char *const argv[] = {(char *)fetch, NULL};
    struct transport transport = {.fetch = fetch,
                                  .timeout_ms = TRANSPORT_TIMEOUT_MS,
                                  .lines = {.fd = -1, .max = FETCH_LINE_MAX}};

    int rc = proc_start(argv, &transport.pid, &transport.lines.fd, err);
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
    int rc = transport->pid == 0 ? transport_open(transport->fetch, transport, err) : 0;
    if (rc < 0)
        return rc;

    /* Its own deadline is the one that should strike, with a reason; ours is for when it hangs. */
    deadline until = deadline_in(transport->timeout_ms + transport->timeout_ms / 6);
    rc = fetch_request_send(transport->lines.fd, call->url, call->body ? call->content_type : NULL,
                            call->body, FETCH_BODY_MAX, transport->timeout_ms, until, err);
    if (rc == -ERR_RETRY)
        err_context(err, "signet-fetch");
    if (rc == 0)
        rc = fetch_answer_receive(&transport->lines, FETCH_BODY_MAX, until, &ret->status,
                                  &ret->body, err);
    if (rc < 0)
        transport_close(transport); /* what it may still say belongs to no call of ours */
    return rc;
}
