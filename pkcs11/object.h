/* Objects as lists of attributes. */
#ifndef SIGNET_PKCS11_OBJECT_H
#define SIGNET_PKCS11_OBJECT_H

#include "pkcs11/session.h"

/* The object behind a handle, in what is newest or else in what the session searched; NULL: none.
 */
const struct object *object_find(const struct core *core, const struct session *session,
                                 CK_OBJECT_HANDLE handle);

/* NULL: the object has no such attribute. */
const struct object_attribute *object_attribute(const struct object *object,
                                                CK_ATTRIBUTE_TYPE type);

/* CK_TRUE there; anything else, or nothing, is false. */
bool object_flag(const struct object *object, CK_ATTRIBUTE_TYPE type);

/* CK_UNAVAILABLE_INFORMATION when there is no number. */
CK_ULONG object_number(const struct object *object, CK_ATTRIBUTE_TYPE type);

/* Every attribute of the template is there and equal? */
bool object_matches(const struct object *object, const CK_ATTRIBUTE *template, CK_ULONG n);

#endif
