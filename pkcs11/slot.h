/* Slots: the device's, always, and one per user whose token this process sees. A slot that was
 * listed once stays good for C_OpenSession and C_GetTokenInfo until C_Finalize, with nothing on it
 * in the end: libp11 hangs on an error there. */
#ifndef SIGNET_PKCS11_SLOT_H
#define SIGNET_PKCS11_SLOT_H

#include "pkcs11/core.h"

struct slot {
    struct token token;
    bool listed;    /* at the last C_GetSlotList(NULL) */
    bool logged_in; /* as far as we know: keyd may have been restarted since */
};

/* The device's slot. False when out of memory. */
bool slot_begin(struct core *core);

struct slot *slot_find(const struct core *core, CK_SLOT_ID id);

#endif
