/* Sessions: what one caller is searching and signing. */
#ifndef SIGNET_PKCS11_SESSION_H
#define SIGNET_PKCS11_SESSION_H

#include "pkcs11/core.h"
#include "pkcs11/operation.h"

struct session {
    CK_SESSION_HANDLE handle;
    CK_SLOT_ID slot;
    CK_FLAGS flags;

    /* find.c */
    struct catalog *catalog; /* of the last search; NULL before the first */
    bool finding;
    CK_OBJECT_HANDLE *found; /* kept from search to search */
    CK_ULONG found_size, n_found, next_found;

    struct operation operations[OPERATION_KINDS];
};

/* As core_enter(), and finds the session. On failure nothing is locked. */
CK_RV session_enter(CK_SESSION_HANDLE handle, struct core **ret_core, struct session **ret);

/* Is there such a session? For functions that need nothing of it. */
CK_RV session_check(CK_SESSION_HANDLE handle);

/* NULL: CKR_SESSION_HANDLE_INVALID. */
struct session *session_find(const struct core *core, CK_SESSION_HANDLE handle);

/* Open on SLOT: all, and those opened for writing. */
void session_count(const struct core *core, CK_SLOT_ID slot, CK_ULONG *ret_all, CK_ULONG *ret_rw);

void session_close_all(struct core *core);

#endif
