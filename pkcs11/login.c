#include "pkcs11/login.h"

#include "pkcs11/session.h"
#include "pkcs11/slot.h"

bool login_is_missing(const struct core *core, CK_SLOT_ID id)
{
    const struct slot *slot = slot_find(core, id);
    return slot && slot->token.login && !slot->logged_in;
}

static void note(struct core *core, CK_SLOT_ID id, bool logged_in)
{
    struct slot *slot = slot_find(core, id);
    if (slot)
        slot->logged_in = logged_in;
}

void login_forget(struct core *core, CK_SLOT_ID slot)
{
    note(core, slot, false);
}

/* A service that cannot be told has lost the login with its connection. */
static CK_RV end(struct core *core, const struct token *token)
{
    note(core, token->slot, false);
    core_depart(core);
    core->backend->logout(core->backend, &token->ref, NULL);
    return core_return(core);
}

void login_end_unused(struct core *core, CK_SLOT_ID id)
{
    const struct slot *slot = slot_find(core, id);
    CK_ULONG all, writing;
    if (!slot || !slot->logged_in)
        return;
    session_count(core, id, &all, &writing);
    if (all > 0)
        return;
    const struct token token = slot->token;
    end(core, &token);
}

static CK_RV rv_of(enum pin_verdict verdict)
{
    switch (verdict) {
    case PIN_ACCEPTED:
        return CKR_OK;
    case PIN_WRONG:
        return CKR_PIN_INCORRECT;
    case PIN_LOCKED:
    case PIN_PAUSED:
        return CKR_PIN_LOCKED;
    case PIN_LENGTH:
        return CKR_PIN_LEN_RANGE;
    case PIN_IS_IN:
    case PIN_UNWANTED:
        return CKR_USER_ALREADY_LOGGED_IN;
    default:
        return CKR_DEVICE_ERROR;
    }
}

static CK_RV rv_of_failure(const struct err *err)
{
    switch (err->class) {
    case ERR_DENIED:
    case ERR_CONFIG:
        return CKR_FUNCTION_FAILED;
    case ERR_RESOURCE:
        return CKR_DEVICE_MEMORY;
    default:
        return CKR_DEVICE_ERROR;
    }
}

/* Always asked of keyd: only there it is known whether an earlier login still holds. */
static CK_RV login(struct core *core, const struct token *token, const struct buf *pin)
{
    enum pin_verdict verdict = PIN_LENGTH;
    struct err err;
    int rc = 0;
    CK_RV back = CKR_OK;
    if (pin->len >= PIN_MIN && pin->len <= PIN_MAX) {
        core_depart(core);
        rc = core->backend->login(core->backend, &token->ref, pin, &verdict, &err);
        back = core_return(core);
    }
    if (rc < 0)
        return rv_of_failure(&err);
    CK_RV rv = rv_of(verdict);
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        note(core, token->slot, true);
    return back != CKR_OK ? back : rv;
}

static CK_RV check(const struct slot *slot, CK_USER_TYPE user, const CK_UTF8CHAR *pin)
{
    if (!slot->token.login)
        return CKR_USER_ALREADY_LOGGED_IN;
    if (user == CKU_CONTEXT_SPECIFIC)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (user != CKU_USER)
        return CKR_USER_TYPE_INVALID;
    return pin ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
    struct core *core;
    struct session *session;
    const struct buf borrowed = {.data = pin, .len = pin_len};
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    const struct slot *slot = slot_find(core, session->slot);
    const struct token token = slot->token;
    rv = check(slot, user, pin);
    if (rv == CKR_OK)
        rv = login(core, &token, &borrowed);
    core_leave(core);
    return rv;
}

/* Without effect where there is no other state to go to. */
CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    const struct slot *slot = slot_find(core, session->slot);
    const struct token token = slot->token;
    if (token.login)
        rv = slot->logged_in ? end(core, &token) : CKR_USER_NOT_LOGGED_IN;
    core_leave(core);
    return rv;
}
