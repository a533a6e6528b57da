#include "agent/transport.h"

#include "agent/fetch_frame.h"
#include "base/proc.h"

int transport_call(const char *fetch, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err)
{
    autobuf frame = {0}, output = {0};
    int status = 0, http = 0;
    char *const argv[] = {(char *)fetch, NULL};

    int rc = fetch_request_write(call->url, call->body ? call->content_type : NULL, call->body,
                                 FETCH_ANSWER_MAX, TRANSPORT_TIMEOUT_MS, &frame, err);
    /* Its own deadline is the one that should strike, with a reason; ours is for when it hangs. */
    if (rc == 0)
        rc = proc_run(argv, &frame, FETCH_ANSWER_MAX + 1024,
                      deadline_in(TRANSPORT_TIMEOUT_MS + 5000), &output, &status, err);
    if (rc == 0 && status != 0)
        rc = err_set(err, ERR_RETRY, "%s: exited with status %d", fetch, status);
    if (rc == 0)
        rc = fetch_answer_read(&output, &http, &ret->body, err);
    if (rc == 0)
        ret->status = http;
    return rc;
}
