/* A snapshot as the core uses it: counted, because sessions hold on to the one they searched, and
 * indexed by handle. */
#ifndef SIGNET_PKCS11_CATALOG_H
#define SIGNET_PKCS11_CATALOG_H

#include "pkcs11/backend.h"

struct catalog {
    unsigned references; /* changed under the core's lock */
    struct snapshot *snapshot;
    const struct object **by_handle;
};

/* Takes SNAPSHOT over, on failure too. The caller holds the first reference. NULL when out of
 * memory. */
struct catalog *catalog_new(struct snapshot *snapshot);

struct catalog *catalog_hold(struct catalog *catalog);
void catalog_drop(struct catalog *catalog); /* takes NULL */

/* The object on SLOT with this handle, a retired one too; NULL: none. CATALOG may be NULL. */
const struct object *catalog_object(const struct catalog *catalog, CK_SLOT_ID slot,
                                    CK_OBJECT_HANDLE handle);

#endif
