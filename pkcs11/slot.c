#include "pkcs11/slot.h"

#include "pkcs11/session.h"

#include <stdlib.h>

#define SLOT_DEVICE 1

static bool slot_add(struct core *core, const struct token *token)
{
    struct slot *slots = reallocarray(core->slots, core->n_slots + 1, sizeof *slots);
    if (!slots)
        return false;
    slots[core->n_slots++] = (struct slot){.token = *token, .listed = true};
    core->slots = slots;
    return true;
}

bool slot_begin(struct core *core)
{
    return slot_add(core, &(struct token){SLOT_DEVICE, "signet device", "device", false, {0}});
}

struct slot *slot_find(const struct core *core, CK_SLOT_ID id)
{
    for (size_t i = 0; i < core->n_slots; i++)
        if (core->slots[i].token.slot == id)
            return &core->slots[i];
    return NULL;
}

/* As the catalog has them now; the device's stays whatever the catalog says. */
static CK_RV list_anew(struct core *core)
{
    CK_RV rv = core_refresh(core);
    if (rv != CKR_OK)
        return rv;
    for (size_t i = 0; i < core->n_slots; i++)
        core->slots[i].listed = core->slots[i].token.slot == SLOT_DEVICE;

    const struct snapshot *snapshot = core->catalog->snapshot;
    for (uint32_t i = 0; i < snapshot->n_tokens; i++) {
        struct slot *known = slot_find(core, snapshot->tokens[i].slot);
        if (known)
            known->listed = true;
        else if (!slot_add(core, &snapshot->tokens[i]))
            return CKR_HOST_MEMORY;
    }
    return CKR_OK;
}

static CK_RV get_slot_list(struct core *core, CK_SLOT_ID *list, CK_ULONG *count)
{
    /* With a list to fill, it must be the list that was counted before. */
    CK_RV rv = list && core->catalog ? CKR_OK : list_anew(core);
    if (rv != CKR_OK)
        return rv;

    CK_ULONG room = list ? *count : 0, n = 0;
    for (size_t i = 0; i < core->n_slots; i++) {
        if (!core->slots[i].listed)
            continue;
        if (list && n < room)
            list[n] = core->slots[i].token.slot;
        n++;
    }
    *count = n;
    return list && n > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    (void)token_present; /* every slot has its token */
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    rv = count ? get_slot_list(core, list, count) : CKR_ARGUMENTS_BAD;
    core_leave(core);
    return rv;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    const struct slot *slot = slot_find(core, id);
    if (!slot) {
        rv = CKR_SLOT_ID_INVALID;
    } else if (!info) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        *info = (CK_SLOT_INFO){.flags = CKF_TOKEN_PRESENT};
        core_pad(info->slotDescription, sizeof info->slotDescription, slot->token.label);
        core_pad(info->manufacturerID, sizeof info->manufacturerID, "signet");
    }
    core_leave(core);
    return rv;
}

/* Label, manufacturer, model and serial number are the same for ever: OpenVPN's pkcs11-id is made
 * of them. No CKF_LOGIN_REQUIRED, but where the TPM wants a PIN: who may sign was decided by the
 * uid behind the socket. */
static void token_info(const struct core *core, const struct token *token, CK_TOKEN_INFO *info)
{
    *info = (CK_TOKEN_INFO){
        .flags = CKF_RNG | CKF_WRITE_PROTECTED | CKF_TOKEN_INITIALIZED,
        .ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
    };
    if (token->login) {
        info->flags |= CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
        info->ulMinPinLen = PIN_MIN;
        info->ulMaxPinLen = PIN_MAX;
    }
    session_count(core, token->slot, &info->ulSessionCount, &info->ulRwSessionCount);
    core_pad(info->label, sizeof info->label, token->label);
    core_pad(info->manufacturerID, sizeof info->manufacturerID, "signet");
    core_pad(info->model, sizeof info->model, "signet");
    core_pad(info->serialNumber, sizeof info->serialNumber, token->serial);
    core_pad(info->utcTime, sizeof info->utcTime, "");
}

CK_RV C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    const struct slot *slot = slot_find(core, id);
    if (!slot)
        rv = CKR_SLOT_ID_INVALID;
    else if (!info)
        rv = CKR_ARGUMENTS_BAD;
    else
        token_info(core, &slot->token, info);
    core_leave(core);
    return rv;
}
