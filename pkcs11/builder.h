/* One object while its attributes are put together. The first failure is kept and told by
 * builder_add(), so that what describes an object reads as a list. */
#ifndef SIGNET_PKCS11_BUILDER_H
#define SIGNET_PKCS11_BUILDER_H

#include "pkcs11/backend.h"

#define BUILDER_ATTRIBUTES_MAX 48

/* Start with {.object = {.slot, .handle, .ref, .retired}}. */
struct builder {
    struct object object;
    struct object_attribute attributes[BUILDER_ATTRIBUTES_MAX];
    struct buf values;
    int rc;
    struct err err;
};

void builder_free(struct builder *builder);
#define autobuilder CLEANUP(builder_free) struct builder

void builder_bytes(struct builder *builder, CK_ATTRIBUTE_TYPE type, const void *data, size_t len);
void builder_flag(struct builder *builder, CK_ATTRIBUTE_TYPE type, bool value);
void builder_number(struct builder *builder, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void builder_text(struct builder *builder, CK_ATTRIBUTE_TYPE type, const char *text);

/* For what goes wrong between the calls above. */
void builder_fail(struct builder *builder, enum err_class class, const char *text);

/* Adds the object to SNAPSHOT, unless something failed before. */
int builder_add(struct builder *builder, struct snapshot *snapshot, struct err *err);

#endif
