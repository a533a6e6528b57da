#include "pkcs11/object.h"

#include "pkcs11/login.h"

#include <string.h>

const struct object *object_find(const struct core *core, const struct session *session,
                                 CK_OBJECT_HANDLE handle)
{
    const struct object *object = catalog_object(core->catalog, session->slot, handle);
    return object ? object : catalog_object(session->catalog, session->slot, handle);
}

const struct object_attribute *object_attribute(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    for (uint32_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            return &object->attributes[i];
    return NULL;
}

bool object_flag(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    const struct object_attribute *attribute = object_attribute(object, type);
    return attribute && attribute->len == sizeof(CK_BBOOL) && attribute->value[0] == CK_TRUE;
}

CK_ULONG object_number(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    const struct object_attribute *attribute = object_attribute(object, type);
    CK_ULONG value = CK_UNAVAILABLE_INFORMATION;
    if (attribute && attribute->len == sizeof value)
        memcpy(&value, attribute->value, sizeof value);
    return value;
}

bool object_matches(const struct object *object, const CK_ATTRIBUTE *template, CK_ULONG n)
{
    for (CK_ULONG i = 0; i < n; i++) {
        const struct object_attribute *attribute = object_attribute(object, template[i].type);
        if (!attribute || attribute->len != template[i].ulValueLen ||
            (attribute->len && memcmp(attribute->value, template[i].pValue, attribute->len) != 0))
            return false;
    }
    return true;
}

/* The parts of a key that never leave keyd. CKA_VALUE is one of an EC key and plain in a
 * certificate. */
static bool is_secret(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    switch (type) {
    case CKA_VALUE:
    case CKA_PRIVATE_EXPONENT:
    case CKA_PRIME_1:
    case CKA_PRIME_2:
    case CKA_EXPONENT_1:
    case CKA_EXPONENT_2:
    case CKA_COEFFICIENT:
        return object_number(object, CKA_CLASS) == CKO_PRIVATE_KEY;
    default:
        return false;
    }
}

/* One entry of a template (PKCS#11 2.40 section 5.7, C_GetAttributeValue, steps 1 to 5). */
static CK_RV get_attribute(const struct object *object, CK_ATTRIBUTE *entry)
{
    const struct object_attribute *attribute = object_attribute(object, entry->type);
    CK_ULONG room = entry->ulValueLen;

    entry->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (is_secret(object, entry->type))
        return CKR_ATTRIBUTE_SENSITIVE;
    if (!attribute)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (entry->pValue && room < attribute->len)
        return CKR_BUFFER_TOO_SMALL;
    if (entry->pValue && attribute->len)
        memcpy(entry->pValue, attribute->value, attribute->len);
    entry->ulValueLen = attribute->len;
    return CKR_OK;
}

/* All entries are worked on, whatever becomes of one of them; any of the errors may be the answer.
 */
CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle,
                          CK_ATTRIBUTE *template, CK_ULONG n)
{
    struct core *core;
    struct session *session;
    CK_RV rv = session_enter(handle, &core, &session);
    if (rv != CKR_OK)
        return rv;
    const struct object *object = object_find(core, session, object_handle);
    if (object && object_flag(object, CKA_PRIVATE) && login_is_missing(core, session->slot))
        object = NULL; /* a handle of before C_Logout */
    if (!object)
        rv = CKR_OBJECT_HANDLE_INVALID;
    else if (!template && n)
        rv = CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; object && template && i < n; i++) {
        CK_RV one = get_attribute(object, &template[i]);
        if (rv == CKR_OK)
            rv = one;
    }
    core_leave(core);
    return rv;
}
