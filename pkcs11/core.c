#include "pkcs11/core.h"

#include "base/cleanup.h"
#include "pkcs11/backend_socket.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/snapshot.h"

#include <string.h>

int (*core_backend)(struct backend **ret, struct err *err) = backend_socket_open;

static struct core *_Atomic current;

static void core_free(struct core *core)
{
    session_close_all(core);
    free(core->sessions);
    free(core->slots);
    catalog_drop(core->catalog);
    if (core->backend)
        core->backend->close(core->backend);
    lock_destroy(&core->backend_lock);
    lock_destroy(&core->lock);
    free(core);
}

/* In a forked child. What another thread of the parent was in the middle of will never be finished
 * here: such a core is put aside as it is. The mutexes are not destroyed: they may be those of an
 * application. */
static void core_abandon(struct core *core)
{
    static struct core *aside;
    core->backend->abandon(core->backend);
    if (core->lock.held || core->backend_lock.held) {
        core->aside = aside;
        aside = core;
        return;
    }
    core->lock = core->backend_lock = (struct lock){0};
    core_free(core);
}

static CK_RV core_new(const CK_C_INITIALIZE_ARGS *args, struct core **ret)
{
    autofree struct core *core = calloc(1, sizeof *core);
    if (!core)
        return CKR_HOST_MEMORY;
    core->pid = getpid();
    core->references = 1;
    CK_RV rv = lock_init(&core->lock, args);
    if (rv != CKR_OK)
        return rv;
    rv = lock_init(&core->backend_lock, args);
    if (rv != CKR_OK) {
        lock_destroy(&core->lock);
        return rv;
    }
    if (!slot_begin(core) || core_backend(&core->backend, NULL) < 0) {
        core_free(steal(&core));
        return CKR_HOST_MEMORY;
    }
    *ret = steal(&core);
    return CKR_OK;
}

CK_RV core_begin(const CK_C_INITIALIZE_ARGS *args)
{
    struct core *before = current;
    if (before && before->pid == getpid())
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;

    struct core *core;
    CK_RV rv = core_new(args, &core);
    if (rv != CKR_OK)
        return rv;
    struct core *expected = before;
    if (!atomic_compare_exchange_strong(&current, &expected, core)) {
        core_free(core);
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    if (before)
        core_abandon(before);
    return CKR_OK;
}

CK_RV core_end(void)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    current = NULL;
    core->ended = true;
    core->references--;
    core_leave(core);
    return CKR_OK;
}

CK_RV core_enter(struct core **ret)
{
    struct core *core = current;
    if (!core || core->pid != getpid())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    lock_take(&core->lock);
    *ret = core;
    return CKR_OK;
}

void core_leave(struct core *core)
{
    bool last = core->references == 0;
    lock_release(&core->lock);
    if (last)
        core_free(core);
}

void core_depart(struct core *core)
{
    core->references++;
    lock_release(&core->lock);
    lock_take(&core->backend_lock);
}

CK_RV core_return(struct core *core)
{
    lock_release(&core->backend_lock);
    lock_take(&core->lock);
    core->references--;
    return core->ended ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK;
}

/* At the back end, after waiting for it: another thread may have done the work meanwhile. */
static bool still_newest(struct core *core, const struct catalog *seen)
{
    lock_take(&core->lock);
    bool same = core->catalog == seen;
    lock_release(&core->lock);
    return same;
}

/* An empty snapshot counts as aged: the next search asks again. */
static struct catalog *empty_catalog(void)
{
    struct snapshot *snapshot;
    return snapshot_new(&snapshot, NULL) < 0 ? NULL : catalog_new(snapshot);
}

CK_RV core_refresh(struct core *core)
{
    struct catalog *seen = core->catalog;
    if (seen && !core->backend->changed(core->backend, seen->snapshot))
        return CKR_OK;

    struct snapshot *snapshot = NULL;
    if (seen)
        catalog_hold(seen); /* so that its address means itself */
    core_depart(core);
    if (still_newest(core, seen) && core->backend->snapshot(core->backend, &snapshot, NULL) < 0)
        snapshot = NULL; /* whoever is told about failures, the back end has told */
    CK_RV rv = core_return(core);
    catalog_drop(seen);

    struct catalog *catalog = snapshot        ? catalog_new(snapshot)
                              : core->catalog ? NULL
                                              : empty_catalog();
    if (catalog) {
        catalog_drop(core->catalog);
        core->catalog = catalog;
    }
    return rv != CKR_OK ? rv : core->catalog ? CKR_OK : CKR_HOST_MEMORY;
}

void core_pad(CK_UTF8CHAR *field, size_t size, const char *text)
{
    size_t len = strnlen(text, size);
    memset(field, ' ', size);
    memcpy(field, text, len);
}
