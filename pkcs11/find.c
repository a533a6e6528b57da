#include "pkcs11/login.h"
#include "pkcs11/object.h"

#include <stdlib.h>

static bool valid_template(const CK_ATTRIBUTE *template, CK_ULONG n)
{
    if (!template && n)
        return false;
    for (CK_ULONG i = 0; i < n; i++)
        if (!template[i].pValue && template[i].ulValueLen)
            return false;
    return true;
}

/* Searches at once, so that what C_FindObjects hands out is of one moment. */
static CK_RV find(const struct core *core, struct session *session, const CK_ATTRIBUTE *template,
                  CK_ULONG n)
{
    const struct snapshot *snapshot = core->catalog->snapshot;
    bool locked = login_is_missing(core, session->slot);
    if (session->found_size < snapshot->n_objects) {
        CK_OBJECT_HANDLE *found = reallocarray(session->found, snapshot->n_objects, sizeof *found);
        if (!found)
            return CKR_HOST_MEMORY;
        session->found = found;
        session->found_size = snapshot->n_objects;
    }
    if (session->catalog != core->catalog) {
        catalog_drop(session->catalog);
        session->catalog = catalog_hold(core->catalog);
    }
    session->n_found = session->next_found = 0;
    for (uint32_t i = 0; i < snapshot->n_objects; i++) {
        const struct object *object = &snapshot->objects[i];
        if (object->slot == session->slot && !object->retired &&
            !(locked && object_flag(object, CKA_PRIVATE)) && object_matches(object, template, n))
            session->found[session->n_found++] = object->handle;
    }
    session->finding = true;
    return CKR_OK;
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG n)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    if (!valid_template(template, n))
        rv = CKR_ARGUMENTS_BAD;
    else if (session->finding)
        rv = CKR_OPERATION_ACTIVE;
    else
        rv = core_refresh(core);
    session = rv == CKR_OK ? session_find(core, handle) : NULL;
    if (session)
        rv = session->finding ? CKR_OPERATION_ACTIVE : find(core, session, template, n);
    else if (rv == CKR_OK)
        rv = CKR_SESSION_HANDLE_INVALID;
    core_leave(core);
    return rv;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *ret, CK_ULONG max, CK_ULONG *ret_n)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    if (!session->finding) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (!ret_n || (!ret && max)) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        CK_ULONG n = 0;
        while (n < max && session->next_found < session->n_found)
            ret[n++] = session->found[session->next_found++];
        *ret_n = n;
    }
    core_leave(core);
    return rv;
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    if (!session->finding)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    session->finding = false;
    core_leave(core);
    return rv;
}
