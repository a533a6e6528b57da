#include "pkcs11/builder.h"

#include "pkcs11/snapshot.h"

#include <string.h>

void builder_free(struct builder *builder)
{
    buf_free(&builder->values);
    *builder = (struct builder){0};
}

void builder_fail(struct builder *builder, enum err_class class, const char *text)
{
    if (builder->rc == 0)
        builder->rc = err_set(&builder->err, class, "%s", text);
}

void builder_bytes(struct builder *builder, CK_ATTRIBUTE_TYPE type, const void *data, size_t len)
{
    if (builder->object.n_attributes == BUILDER_ATTRIBUTES_MAX)
        builder_fail(builder, ERR_BUG, "more attributes than an object takes");
    if (builder->rc < 0)
        return;
    struct object_attribute *attribute = &builder->attributes[builder->object.n_attributes++];
    *attribute = (struct object_attribute){.type = type, .len = (uint32_t)len};
    builder->rc = buf_add(&builder->values, data, len, &builder->err);
}

void builder_flag(struct builder *builder, CK_ATTRIBUTE_TYPE type, bool value)
{
    CK_BBOOL flag = value;
    builder_bytes(builder, type, &flag, sizeof flag);
}

void builder_number(struct builder *builder, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    builder_bytes(builder, type, &value, sizeof value);
}

void builder_text(struct builder *builder, CK_ATTRIBUTE_TYPE type, const char *text)
{
    builder_bytes(builder, type, text, strlen(text));
}

int builder_add(struct builder *builder, struct snapshot *snapshot, struct err *err)
{
    if (builder->rc < 0)
        return err_set(err, builder->err.class, "%s", builder->err.text);

    /* Only now do the values stay where they are; they stand one behind the other. */
    const uint8_t *value = builder->values.data;
    for (uint32_t i = 0; i < builder->object.n_attributes; i++) {
        builder->attributes[i].value = value;
        value += builder->attributes[i].len;
    }
    builder->object.attributes = builder->attributes;
    return snapshot_add_object(snapshot, &builder->object, err);
}
