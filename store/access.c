#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NAME_BYTES_MAX 256

static const char file[] = "access.json";

/* A user's or @group's name: what could be written into a file, a log or a terminal as one word. */
static bool name_valid(const char *name, size_t len)
{
    if (!name || len == 0 || len > NAME_BYTES_MAX || !text_is_utf8(name, len))
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

static int access_read(const struct entry *entry, struct strings *ret, struct err *err)
{
    struct stat st;
    if (fstatat(entry->fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;

    autobuf text = {0};
    autojson *object = NULL;
    int rc = fs_read(entry->fd, file, STORE_FILE_MAX, &text, err);
    if (rc == 0)
        rc = json_parse(buf_text(&text), text.len, file, &object, err);
    const json_t *names = rc == 0 ? json_object_get(object, "access") : NULL;
    if (rc == 0 && !json_is_array(names))
        rc = err_set(err, ERR_CONFIG, "%s: has no list of names", file);
    for (size_t i = 0; rc == 0 && i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        if (!name_valid(json_string_value(name), json_string_length(name)))
            return refuse(err);
        rc = strings_add(ret, json_string_value(name), err);
    }
    return rc;
}

int entry_access_get(const struct entry *entry, struct strings *ret, struct err *err)
{
    CLEANUP(strings_free) struct strings list = {0};
    int rc = access_read(entry, &list, err);
    if (rc < 0)
        return entry_result(entry, rc, err);
    strings_free(ret);
    *ret = list;
    list = (struct strings){0};
    return 0;
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

static int access_write(struct entry *entry, const struct strings *access, struct err *err)
{
    autobuf text = {0};
    autojson *names = json_array();
    for (size_t i = 0; i < access->n; i++) {
        if (!name_valid(access->v[i], strlen(access->v[i])))
            return refuse(err);
        if (json_array_append_new(names, json_string(access->v[i])) < 0)
            return err_memory(err);
    }
    autojson *object = json_pack("{s:O}", "access", names);
    if (!object)
        return err_memory(err);
    int rc = json_print(object, &text, err);
    if (rc == 0 && text.len > STORE_FILE_MAX)
        rc = err_set(err, ERR_RESOURCE, "%s: more than %u bytes of names", file, STORE_FILE_MAX);
    return rc < 0 ? rc : fs_replace(entry->fd, file, 0600, text.data, text.len, err);
}

int entry_access_put(struct entry *entry, const struct strings *access, struct err *err)
{
    CLEANUP(strings_free) struct strings old = {0};
    /* One that cannot be read is written anew. */
    if (access_read(entry, &old, NULL) == 0 && same_list(&old, access))
        return 0;
    int rc = access_write(entry, access, err);
    return rc == 0 ? store_bump(entry->store, err) : entry_result(entry, rc, err);
}
