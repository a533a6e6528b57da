#include "pkcs11/snapshot.h"

#include "base/array.h"

#include <string.h>
#include <sys/stat.h>

static void close_changes(const struct snapshot *snapshot)
{
    struct stat st;
    if (snapshot->changes < 0)
        return;
    if (snapshot->changes_inode != 0 &&
        (fstat(snapshot->changes, &st) < 0 || st.st_ino != snapshot->changes_inode))
        return;
    close(snapshot->changes);
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        free((void *)(uintptr_t)snapshot->objects[i].attributes);
    free(snapshot->objects);
    free(snapshot->tokens);
    close_changes(snapshot);
    free(snapshot);
}

int snapshot_new(struct snapshot **ret, struct err *err)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return err_memory(err);
    snapshot->changes = -1;
    *ret = snapshot;
    return 0;
}

int snapshot_add_token(struct snapshot *snapshot, const struct token *token, struct err *err)
{
    for (uint32_t i = 0; i < snapshot->n_tokens; i++)
        if (snapshot->tokens[i].slot == token->slot)
            return err_set(err, ERR_BUG, "slot %lu twice in one snapshot", token->slot);

    int rc = array_room(&snapshot->tokens, snapshot->n_tokens, sizeof *token, err);
    if (rc == 0)
        snapshot->tokens[snapshot->n_tokens++] = *token;
    return rc;
}

/* The attributes and their values in one block. */
static struct object_attribute *copy_attributes(const struct object *object)
{
    size_t size = object->n_attributes * sizeof *object->attributes;
    size_t values = size;
    for (uint32_t i = 0; i < object->n_attributes; i++)
        size += object->attributes[i].len;

    uint8_t *block = malloc(size ? size : 1);
    if (!block)
        return NULL;
    struct object_attribute *copy = (struct object_attribute *)(void *)block;
    for (uint32_t i = 0; i < object->n_attributes; i++) {
        copy[i] = object->attributes[i];
        copy[i].value = block + values;
        if (copy[i].len)
            memcpy(block + values, object->attributes[i].value, copy[i].len);
        values += copy[i].len;
    }
    return copy;
}

int snapshot_add_object(struct snapshot *snapshot, const struct object *object, struct err *err)
{
    int rc = array_room(&snapshot->objects, snapshot->n_objects, sizeof *object, err);
    if (rc < 0)
        return rc;
    struct object copy = *object;
    copy.attributes = copy_attributes(object);
    if (!copy.attributes)
        return err_memory(err);
    snapshot->objects[snapshot->n_objects++] = copy;
    return 0;
}
