#include "pkcs11/session.h"

#include "base/cleanup.h"
#include "pkcs11/login.h"
#include "pkcs11/slot.h"

/* A handle is a place in core->sessions and a serial number above it, so that the handle of a
 * closed session does not become that of the next one. */
#define PLACE_BITS   16
#define SESSIONS_MAX (1u << PLACE_BITS)
#define SERIAL_MASK  0x7fffu

static void session_free(struct session *session)
{
    for (size_t i = 0; i < OPERATION_KINDS; i++)
        operation_free(&session->operations[i]);
    catalog_drop(session->catalog);
    free(session->found);
    free(session);
}

struct session *session_find(const struct core *core, CK_SESSION_HANDLE handle)
{
    size_t place = handle & (SESSIONS_MAX - 1);
    struct session *session = place < core->n_sessions ? core->sessions[place] : NULL;
    return session && session->handle == handle ? session : NULL;
}

CK_RV session_enter(CK_SESSION_HANDLE handle, struct core **ret_core, struct session **ret)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    struct session *session = session_find(core, handle);
    if (!session) {
        core_leave(core);
        return CKR_SESSION_HANDLE_INVALID;
    }
    *ret_core = core;
    *ret = session;
    return CKR_OK;
}

CK_RV session_check(CK_SESSION_HANDLE handle)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv == CKR_OK)
        core_leave(core);
    return rv;
}

void session_count(const struct core *core, CK_SLOT_ID slot, CK_ULONG *ret_all, CK_ULONG *ret_rw)
{
    *ret_all = *ret_rw = 0;
    for (size_t i = 0; i < core->n_sessions; i++) {
        const struct session *session = core->sessions[i];
        if (!session || session->slot != slot)
            continue;
        *ret_all += 1;
        *ret_rw += (session->flags & CKF_RW_SESSION) != 0;
    }
}

static void close_place(struct core *core, size_t place)
{
    session_free(core->sessions[place]);
    core->sessions[place] = NULL;
}

void session_close_all(struct core *core)
{
    for (size_t i = 0; i < core->n_sessions; i++)
        if (core->sessions[i])
            close_place(core, i);
}

/* A free place, the array grown when there is none. */
static CK_RV find_place(struct core *core, size_t *ret)
{
    size_t place = 0;
    while (place < core->n_sessions && core->sessions[place])
        place++;
    if (place == core->n_sessions) {
        if (place == SESSIONS_MAX)
            return CKR_SESSION_COUNT;
        size_t size = place ? 2 * place : 8;
        struct session **sessions = reallocarray(core->sessions, size, sizeof *sessions);
        if (!sessions)
            return CKR_HOST_MEMORY;
        for (size_t i = place; i < size; i++)
            sessions[i] = NULL;
        core->sessions = sessions;
        core->n_sessions = size;
    }
    *ret = place;
    return CKR_OK;
}

/* The token is write-protected, but ssh asks for a session to write; it gets one, and writes
 * nothing. */
static CK_RV open_session(struct core *core, CK_SLOT_ID slot, CK_FLAGS flags,
                          CK_SESSION_HANDLE *ret)
{
    size_t place;
    if (!slot_find(core, slot))
        return CKR_SLOT_ID_INVALID;
    if (!ret)
        return CKR_ARGUMENTS_BAD;
    if (!(flags & CKF_SERIAL_SESSION))
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    CK_RV rv = find_place(core, &place);
    if (rv != CKR_OK)
        return rv;

    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return CKR_HOST_MEMORY;
    core->last_serial = core->last_serial % SERIAL_MASK + 1;
    session->handle = (CK_SESSION_HANDLE)core->last_serial << PLACE_BITS | place;
    session->slot = slot;
    session->flags = flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION);
    core->sessions[place] = session;
    *ret = session->handle;
    return CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE *ret)
{
    (void)application, (void)notify; /* there is nothing to notify of */
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    rv = open_session(core, slot, flags, ret);
    core_leave(core);
    return rv;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    CK_SLOT_ID slot = session->slot;
    close_place(core, handle & (SESSIONS_MAX - 1));
    login_end_unused(core, slot);
    core_leave(core);
    return CKR_OK;
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    if (!slot_find(core, slot))
        rv = CKR_SLOT_ID_INVALID;
    for (size_t i = 0; i < core->n_sessions; i++)
        if (core->sessions[i] && core->sessions[i]->slot == slot)
            close_place(core, i);
    login_end_unused(core, slot);
    core_leave(core);
    return rv;
}

/* User state from the start where there is no login: strongSwan asks for a PIN in any other. */
static CK_STATE state_of(const struct core *core, const struct session *session)
{
    bool writes = session->flags & CKF_RW_SESSION;
    if (login_is_missing(core, session->slot))
        return writes ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    return writes ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    if (info)
        *info = (CK_SESSION_INFO){
            .slotID = session->slot,
            .state = state_of(core, session),
            .flags = session->flags,
        };
    core_leave(core);
    return info ? CKR_OK : CKR_ARGUMENTS_BAD;
}
