/* One object while its attributes are put together. The first failure is kept and told by
 * draft_add(), so that what describes an object reads as a list. */
#ifndef SIGNET_PKCS11_DRAFT_H
#define SIGNET_PKCS11_DRAFT_H

#include "pkcs11/backend.h"

#define DRAFT_ATTRIBUTES_MAX 48

/* Start with {.object = {.slot, .handle, .ref, .retired}}. */
struct draft {
    struct object object;
    struct object_attribute attributes[DRAFT_ATTRIBUTES_MAX];
    struct buf values;
    int rc;
    struct err err;
};

void draft_free(struct draft *draft);
#define autodraft CLEANUP(draft_free) struct draft

void draft_bytes(struct draft *draft, CK_ATTRIBUTE_TYPE type, const void *data, size_t len);
void draft_flag(struct draft *draft, CK_ATTRIBUTE_TYPE type, bool value);
void draft_number(struct draft *draft, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void draft_text(struct draft *draft, CK_ATTRIBUTE_TYPE type, const char *text);

/* For what goes wrong between the calls above. */
void draft_fail(struct draft *draft, enum err_class class, const char *text);

/* Adds the object to SNAPSHOT, unless something failed before. */
int draft_add(struct draft *draft, struct snapshot *snapshot, struct err *err);

#endif
