#include "scep/way.h"

#include "scep/caps.h"

size_t way_plan(unsigned caps, bool has_old, bool poll, struct way ret[WAYS_MAX])
{
    size_t n = 0;
    if (poll && has_old)
        ret[n++] = (struct way){MESSAGE_CERT_POLL, true, false, "poll"};
    if (poll) {
        ret[n++] = (struct way){MESSAGE_CERT_POLL, false, false, "poll"};
        return n;
    }
    bool renewal = has_old && caps & CAPS_RENEWAL;
    if (renewal)
        ret[n++] = (struct way){MESSAGE_RENEWAL_REQ, true, false, "renewal"};
    /* Without the challenge at first; a server that has just refused wants it, perhaps. */
    if (has_old)
        ret[n++] =
            (struct way){MESSAGE_PKCS_REQ, true, renewal, "request signed by the old certificate"};
    ret[n++] = (struct way){MESSAGE_PKCS_REQ, false, true, "new request"};
    return n;
}

size_t way_next(const struct way *ways, size_t n, size_t i, enum way_end end)
{
    if (end == WAY_DONE || (end == WAY_REFUSED && ways[i].type == MESSAGE_CERT_POLL))
        return n;
    do
        i++;
    while (end == WAY_CLOSED && i < n && ways[i].by_old);
    return i;
}
