#include "pkcs11/operation.h"

#include "base/cleanup.h"
#include "pkcs11/login.h"
#include "pkcs11/object.h"

#include <string.h>

/* What the two kinds differ in. */
static const struct {
    CK_FLAGS use;
    CK_ATTRIBUTE_TYPE permission;
    CK_RV wrong_length, wrong_data;
} kinds[OPERATION_KINDS] = {
    [OPERATION_SIGN] = {CKF_SIGN, CKA_SIGN, CKR_DATA_LEN_RANGE, CKR_DATA_INVALID},
    [OPERATION_DECRYPT] = {CKF_DECRYPT, CKA_DECRYPT, CKR_ENCRYPTED_DATA_LEN_RANGE,
                           CKR_ENCRYPTED_DATA_INVALID},
};

void operation_free(struct operation *operation)
{
    buf_free(&operation->key.label);
    buf_free(&operation->data);
    buf_free(&operation->result);
    *operation = (struct operation){0};
}

/* The curves of a profile, as CKA_EC_PARAMS has them (RFC 5480 section 2.1.1.1), and the length of
 * their order. */
static const struct {
    const char *oid;
    uint32_t len;
    size_t order;
} curves[] = {
    {"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10, 32},
    {"\x06\x05\x2b\x81\x04\x00\x22", 7, 48},
    {"\x06\x05\x2b\x81\x04\x00\x23", 7, 66},
};

/* Bytes of the modulus or of the order; 0: a key that is none. */
static size_t key_size(const struct object *key, CK_KEY_TYPE type)
{
    const struct object_attribute *a =
        object_attribute(key, type == CKK_RSA ? CKA_MODULUS : CKA_EC_PARAMS);
    size_t zeros = 0;
    if (!a)
        return 0;
    if (type == CKK_RSA) {
        while (zeros < a->len && a->value[zeros] == 0)
            zeros++;
        return a->len - zeros;
    }
    for (size_t i = 0; i < LENGTH(curves); i++)
        if (a->len == curves[i].len && memcmp(a->value, curves[i].oid, a->len) == 0)
            return curves[i].order;
    return 0;
}

static CK_RV prepare(const struct object *key, enum operation_kind kind, const CK_MECHANISM *given,
                     struct operation *ret)
{
    if (!key || object_number(key, CKA_CLASS) != CKO_PRIVATE_KEY)
        return CKR_KEY_HANDLE_INVALID;
    CK_RV rv = mechanism_read(given, kinds[kind].use, &ret->mechanism, &ret->key);
    if (rv != CKR_OK)
        return rv;
    if (object_number(key, CKA_KEY_TYPE) != ret->mechanism->key_type)
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!object_flag(key, kinds[kind].permission))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;

    size_t size = key_size(key, ret->mechanism->key_type);
    if (size == 0)
        return CKR_KEY_SIZE_RANGE;
    ret->key.ref = key->ref;
    ret->range = mechanism_data(ret->mechanism, kinds[kind].use, &ret->key, size);
    ret->size = ret->mechanism->key_type == CKK_EC ? 2 * size : size;
    return CKR_OK;
}

CK_RV operation_init(CK_SESSION_HANDLE handle, enum operation_kind kind,
                     const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    struct operation operation = {0};
    if (!mechanism)
        rv = CKR_ARGUMENTS_BAD;
    else if (session->operations[kind].mechanism)
        rv = CKR_OPERATION_ACTIVE;
    else
        rv = prepare(object_find(core, session, key), kind, mechanism, &operation);
    if (rv == CKR_OK && login_is_missing(core, session->slot))
        rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK)
        session->operations[kind] = operation;
    else
        operation_free(&operation);
    core_leave(core);
    return rv;
}

/* Hands out LEN bytes, or says how many there are. CKR_BUFFER_TOO_SMALL and a mere question keep
 * the operation. */
static CK_RV give(const struct buf *result, CK_BYTE *ret, CK_ULONG *ret_len)
{
    CK_ULONG room = *ret_len;
    *ret_len = result->len;
    if (room < result->len)
        return CKR_BUFFER_TOO_SMALL;
    if (result->len)
        memcpy(ret, result->data, result->len);
    return CKR_OK;
}

static CK_RV rv_of(const struct err *err, enum operation_kind kind)
{
    switch (err->class) {
    case ERR_DENIED:
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case ERR_CONFIG:
        return kinds[kind].wrong_data;
    case ERR_RESOURCE:
        return CKR_DEVICE_MEMORY;
    default:
        return CKR_DEVICE_ERROR;
    }
}

/* At the back end, with nothing locked. */
static CK_RV work(struct backend *backend, enum operation_kind kind, struct operation *operation,
                  const struct buf *data)
{
    struct err err;
    int rc = kind == OPERATION_SIGN
                 ? backend->sign(backend, &operation->key, data, &operation->result, &err)
                 : backend->decrypt(backend, &operation->key, data, &operation->result, &err);
    if (rc < 0)
        return rv_of(&err, kind);
    if (rc == BACKEND_LOGIN)
        return CKR_USER_NOT_LOGGED_IN;
    size_t len = operation->result.len;
    if (len > operation->size || (kind == OPERATION_SIGN && len != operation->size))
        return CKR_DEVICE_ERROR;
    operation->done = true;
    return CKR_OK;
}

/* The operation leaves the session for the time of the work, and comes back when the result did not
 * fit. */
static CK_RV finish(struct core *core, struct session *session, enum operation_kind kind,
                    const struct buf *data, CK_BYTE *ret, CK_ULONG *ret_len)
{
    CLEANUP(operation_free) struct operation operation = session->operations[kind];
    CK_SESSION_HANDLE handle = session->handle;
    CK_SLOT_ID slot = session->slot;
    session->operations[kind] = (struct operation){0};

    CK_RV rv = CKR_OK;
    if (!operation.done) {
        if (data->len < operation.range.min || data->len > operation.range.max)
            return kinds[kind].wrong_length;
        core_depart(core);
        rv = work(core->backend, kind, &operation, data);
        CK_RV back = core_return(core);
        if (rv == CKR_USER_NOT_LOGGED_IN)
            login_forget(core, slot);
        if (rv != CKR_OK || back != CKR_OK)
            return rv != CKR_OK ? rv : back;
    }
    rv = give(&operation.result, ret, ret_len);
    if (rv != CKR_BUFFER_TOO_SMALL)
        return rv;
    session = session_find(core, handle);
    if (session && !session->operations[kind].mechanism) {
        session->operations[kind] = operation;
        operation = (struct operation){0};
    }
    return rv;
}

/* What can be said without doing the work: how long a signature will be is known. */
static bool answered(const struct operation *operation, enum operation_kind kind, CK_BYTE *ret,
                     CK_ULONG *ret_len, CK_RV *ret_rv)
{
    size_t size = operation->done ? operation->result.len : operation->size;
    bool small = ret && *ret_len < size && kind == OPERATION_SIGN;
    if (ret && !small)
        return false;
    *ret_len = size;
    *ret_rv = small ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    return true;
}

/* DATA is NULL at the end of a multi-part operation. */
static CK_RV conclude(CK_SESSION_HANDLE handle, enum operation_kind kind, const struct buf *data,
                      CK_BYTE *ret, CK_ULONG *ret_len)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    struct operation *operation = &session->operations[kind];
    if (!operation->mechanism) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (data && operation->parts) {
        rv = CKR_OPERATION_ACTIVE;
    } else if (!ret_len || (data && !data->data && data->len)) {
        operation_free(operation);
        rv = CKR_ARGUMENTS_BAD;
    } else if (!answered(operation, kind, ret, ret_len, &rv)) {
        autobuf gathered = operation->data;
        operation->data = (struct buf){0};
        rv = finish(core, session, kind, data ? data : &gathered, ret, ret_len);
    }
    core_leave(core);
    return rv;
}

CK_RV operation_single(CK_SESSION_HANDLE session, enum operation_kind kind, const CK_BYTE *data,
                       CK_ULONG len, CK_BYTE *ret, CK_ULONG *ret_len)
{
    const struct buf borrowed = {.data = (CK_BYTE *)(uintptr_t)data, .len = len};
    return conclude(session, kind, &borrowed, ret, ret_len);
}

CK_RV operation_final(CK_SESSION_HANDLE session, enum operation_kind kind, CK_BYTE *ret,
                      CK_ULONG *ret_len)
{
    return conclude(session, kind, NULL, ret, ret_len);
}

CK_RV operation_update(CK_SESSION_HANDLE handle, enum operation_kind kind, const CK_BYTE *part,
                       CK_ULONG len)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    struct operation *operation = &session->operations[kind];
    if (!operation->mechanism)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    else if (!part && len)
        rv = CKR_ARGUMENTS_BAD;
    else if (len > operation->range.max - operation->data.len)
        rv = kinds[kind].wrong_length;
    else if (buf_add(&operation->data, part, len, NULL) < 0)
        rv = CKR_HOST_MEMORY;
    operation->parts = true;
    if (rv != CKR_OK)
        operation_free(operation);
    core_leave(core);
    return rv;
}
