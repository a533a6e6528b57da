#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char file[] = "access.json";

/* A user's or @group's name: what could be written into a file, a log or a terminal as one word. */
static bool name_valid(const char *name, size_t len)
{
    if (!name || len == 0 || len > ENTRY_OWNER_MAX || !text_is_utf8(name, len))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

static int refuse(struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s: has something that is no name of a user or @group", file);
}

void entry_access_free(struct entry_access *access)
{
    free(access->owner);
    strings_free(&access->others);
    *access = (struct entry_access){0};
}

static int take_name(const json_t *value, char **ret, struct err *err)
{
    if (!name_valid(json_string_value(value), json_string_length(value)))
        return refuse(err);
    *ret = strdup(json_string_value(value));
    return *ret ? 0 : err_memory(err);
}

static int access_read(const struct entry *entry, struct entry_access *ret, struct err *err)
{
    struct stat st;
    if (fstatat(entry->fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;

    autobuf text = {0};
    autojson *object = NULL;
    int rc = fs_read(entry->fd, file, STORE_FILE_MAX, &text, err);
    if (rc == 0)
        rc = json_parse(buf_text(&text), text.len, file, &object, err);
    const json_t *names = json_object_get(object, "access");
    const json_t *owner = json_object_get(object, "owner");
    if (rc == 0 && owner)
        rc = take_name(owner, &ret->owner, err);
    if (rc == 0 && !json_is_array(names))
        rc = err_set(err, ERR_CONFIG, "%s: has no list of names", file);
    for (size_t i = 0; rc == 0 && i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        if (!name_valid(json_string_value(name), json_string_length(name)))
            return refuse(err);
        rc = strings_add(&ret->others, json_string_value(name), err);
    }
    return rc;
}

int entry_access_get(const struct entry *entry, struct entry_access *ret, struct err *err)
{
    CLEANUP(entry_access_free) struct entry_access access = {0};
    int rc = access_read(entry, &access, err);
    if (rc < 0)
        return entry_result(entry, rc, err);
    entry_access_free(ret);
    *ret = access;
    access = (struct entry_access){0};
    return 0;
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i], b->v[i]) != 0)
            return false;
    return true;
}

static int access_write(struct entry *entry, const char *owner, const struct strings *others,
                        struct err *err)
{
    autobuf text = {0};
    autojson *names = json_array();
    if (owner && !name_valid(owner, strlen(owner)))
        return refuse(err);
    for (size_t i = 0; i < others->n; i++) {
        if (!name_valid(others->v[i], strlen(others->v[i])))
            return refuse(err);
        if (json_array_append_new(names, json_string(others->v[i])) < 0)
            return err_memory(err);
    }
    autojson *object = json_pack("{s:O s:s*}", "access", names, "owner", owner);
    if (!object)
        return err_memory(err);
    int rc = json_print(object, &text, err);
    if (rc == 0 && text.len > STORE_FILE_MAX)
        rc = err_set(err, ERR_RESOURCE, "%s: more than %u bytes of names", file, STORE_FILE_MAX);
    return rc < 0 ? rc : fs_replace(entry->fd, file, 0600, text.data, text.len, err);
}

int entry_access_put(struct entry *entry, const char *owner, const struct strings *others,
                     struct err *err)
{
    CLEANUP(entry_access_free) struct entry_access old = {0};
    /* One that cannot be read is written anew. */
    if (access_read(entry, &old, NULL) == 0 && same_name(old.owner, owner) &&
        same_list(&old.others, others))
        return 0;
    int rc = access_write(entry, owner, others, err);
    return rc == 0 ? store_bump(entry->store, err) : entry_result(entry, rc, err);
}
