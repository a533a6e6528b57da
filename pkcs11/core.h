/* What C_Initialize makes and C_Finalize ends: the one state behind all the C_ functions.
 *
 * One lock guards it. It is let go while the back end works, so that a signature, which may take a
 * while, keeps nobody from looking at objects; whoever comes back from the back end has to look its
 * session up again. */
#ifndef SIGNET_PKCS11_CORE_H
#define SIGNET_PKCS11_CORE_H

#include "pkcs11/backend.h"
#include "pkcs11/lock.h"
#include "pkcs11/catalog.h"

struct core {
    pid_t pid; /* whose it is: a forked child has to begin anew */
    struct lock lock;
    struct lock backend_lock; /* around the back end's calls; whoever takes it holds no other */
    unsigned references;      /* C_Initialize's, and one per call that is out at the back end */
    bool ended;
    struct backend *backend;
    struct catalog *catalog; /* the newest; NULL: none yet */
    struct slot *slots;
    size_t n_slots;
    struct session **sessions; /* by handle; NULL: free */
    size_t n_sessions;
    unsigned last_serial; /* of sessions */
    struct core *aside;   /* the next of those that a fork left unusable */
};

/* Where the core gets its back end: backend_socket_open, unless a test says otherwise. */
extern int (*core_backend)(struct backend **ret, struct err *err);

/* C_Initialize and C_Finalize (PKCS#11 2.40 section 5.4). */
CK_RV core_begin(const CK_C_INITIALIZE_ARGS *args);
CK_RV core_end(void);

/* Takes the lock. CKR_CRYPTOKI_NOT_INITIALIZED before C_Initialize, and in a child forked since. */
CK_RV core_enter(struct core **ret);
void core_leave(struct core *core);

/* Lets the lock go and waits for the back end to be free; and back again. In between, core->backend
 * is the only thing to be touched. core_return() is CKR_CRYPTOKI_NOT_INITIALIZED when it all ended
 * meanwhile; leave it then. */
void core_depart(struct core *core);
CK_RV core_return(struct core *core);

/* Makes core->catalog the newest there is. When the service fails, what there was stays; with
 * nothing at all, it is empty. Sessions have to be looked up again. */
CK_RV core_refresh(struct core *core);

/* PKCS#11's texts: blank-padded, without a zero byte. */
void core_pad(CK_UTF8CHAR *field, size_t size, const char *text);

#endif
