/* Growing arrays: room for one more item, doubling at powers of two, so that the number of items
 * alone tells how much room there is, and ten thousand cost no more per item than ten. */
#ifndef SIGNET_BASE_ARRAY_H
#define SIGNET_BASE_ARRAY_H

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* VP points to the array's pointer, N is the items in it. The room is zeroed. */
static inline int array_room(void *vp, size_t n, size_t size, struct err *err)
{
    void *v, *grown;
    memcpy(&v, vp, sizeof v);
    if ((n & (n - 1)) == 0) {
        grown = reallocarray(v, n ? 2 * n : 1, size);
        if (!grown)
            return err_memory(err);
        memcpy(vp, &grown, sizeof grown);
        v = grown;
    }
    memset((char *)v + n * size, 0, size);
    return 0;
}

#endif
