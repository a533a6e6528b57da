#include "scep/way.h"

#include "scep/caps.h"

size_t way_plan(unsigned caps, bool has_old, bool poll, struct way ret[WAYS_MAX])
{
    size_t n = 0;
    if (poll) {
        ret[n++] = (struct way){MESSAGE_CERT_POLL, has_old, false, "poll"};
        return n;
    }
    if (has_old && caps & CAPS_RENEWAL)
        ret[n++] = (struct way){MESSAGE_RENEWAL_REQ, true, false, "renewal"};
    if (has_old)
        ret[n++] =
            (struct way){MESSAGE_PKCS_REQ, true, n > 0, "request signed by the old certificate"};
    ret[n++] = (struct way){MESSAGE_PKCS_REQ, false, true, "new request"};
    return n;
}
