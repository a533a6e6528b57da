#include "pkcs11/draft.h"

#include "pkcs11/snapshot.h"

#include <string.h>

void draft_free(struct draft *draft)
{
    buf_free(&draft->values);
    *draft = (struct draft){0};
}

void draft_fail(struct draft *draft, enum err_class class, const char *text)
{
    if (draft->rc == 0)
        draft->rc = err_set(&draft->err, class, "%s", text);
}

void draft_bytes(struct draft *draft, CK_ATTRIBUTE_TYPE type, const void *data, size_t len)
{
    if (draft->object.n_attributes == DRAFT_ATTRIBUTES_MAX)
        draft_fail(draft, ERR_BUG, "more attributes than an object takes");
    if (draft->rc < 0)
        return;
    struct object_attribute *attribute = &draft->attributes[draft->object.n_attributes++];
    *attribute = (struct object_attribute){.type = type, .len = (uint32_t)len};
    draft->rc = buf_add(&draft->values, data, len, &draft->err);
}

void draft_flag(struct draft *draft, CK_ATTRIBUTE_TYPE type, bool value)
{
    CK_BBOOL flag = value;
    draft_bytes(draft, type, &flag, sizeof flag);
}

void draft_number(struct draft *draft, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    draft_bytes(draft, type, &value, sizeof value);
}

void draft_text(struct draft *draft, CK_ATTRIBUTE_TYPE type, const char *text)
{
    draft_bytes(draft, type, text, strlen(text));
}

int draft_add(struct draft *draft, struct snapshot *snapshot, struct err *err)
{
    if (draft->rc < 0)
        return err_set(err, draft->err.class, "%s", draft->err.text);

    /* Only now do the values stay where they are; they stand one behind the other. */
    const uint8_t *value = draft->values.data;
    for (uint32_t i = 0; i < draft->object.n_attributes; i++) {
        draft->attributes[i].value = value;
        value += draft->attributes[i].len;
    }
    draft->object.attributes = draft->attributes;
    return snapshot_add_object(snapshot, &draft->object, err);
}
