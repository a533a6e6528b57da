#include "store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define FOLDER "removed"
#define SUFFIX ".json"

/* A uid, a profile's name, and what stands around them. */
struct file_name {
    char text[ENTRY_NAME_MAX + 32];
};

static struct file_name name_of(const struct entry_id *id)
{
    struct file_name name;
    if (id->owner.device)
        snprintf(name.text, sizeof name.text, "device.%s" SUFFIX, id->profile);
    else
        snprintf(name.text, sizeof name.text, "%u.%s" SUFFIX, id->owner.uid, id->profile);
    return name;
}

/* The other way round. */
static bool id_of(const char *name, struct entry_id *ret)
{
    char text[sizeof(struct file_name)];
    size_t len = strlen(name);
    if (len >= sizeof text || len < sizeof SUFFIX ||
        strcmp(name + len - (sizeof SUFFIX - 1), SUFFIX) != 0)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)(len - (sizeof SUFFIX - 1)), name);
    char *profile = strchr(text, '.');
    if (!profile)
        return false;
    *profile++ = 0;
    struct owner owner = {.device = strcmp(text, "device") == 0};
    if (!entry_name_valid(profile) || (!owner.device && !owner_uid(text, &owner.uid)))
        return false;
    *ret = (struct entry_id){.owner = owner};
    strcpy(ret->profile, profile);
    return true;
}

static int folder(const struct store *store, bool create, int *ret_fd, struct err *err)
{
    return folder_open(store->fd, FOLDER, create, ret_fd, err);
}

/* RC; when it is negative, after putting the file's path in front of the error. */
static int result(const struct store *store, const struct entry_id *id, int rc, struct err *err)
{
    if (rc < 0)
        err_context(err, "%s/" FOLDER "/%s", store->path, name_of(id).text);
    return rc;
}

int removed_put(const struct store *store, const struct removed *removed, struct err *err)
{
    autobuf text = {0};
    autoclose int fd = -1;
    struct removed copy = *removed;
    if (!entry_name_valid(removed->id.profile))
        return err_set(err, ERR_BUG, "what was removed has no name");
    err_sanitise(copy.reason);
    err_sanitise(copy.owner);
    autojson *object =
        json_pack("{s:s s:I s:I s:s}", "owner", copy.owner, "since", (json_int_t)copy.since,
                  "asked", (json_int_t)copy.asked, "reason", copy.reason);
    int rc = object ? json_print(object, &text, err) : err_memory(err);
    if (rc == 0)
        rc = folder(store, true, &fd, err);
    if (rc == 0)
        rc = fs_replace(fd, name_of(&copy.id).text, 0600, text.data, text.len, err);
    return result(store, &copy.id, rc, err);
}

static int parse(const json_t *object, struct removed *ret, struct err *err)
{
    const char *owner = json_text(object, "owner", NULL);
    const char *reason = json_text(object, "reason", NULL);
    ret->since = json_number(object, "since", -1);
    ret->asked = json_number(object, "asked", 0);
    if (!owner || strlen(owner) >= sizeof ret->owner || !reason ||
        strlen(reason) >= sizeof ret->reason || ret->since < 0 || ret->asked < 0)
        return err_set(err, ERR_CONFIG, "is damaged");
    strcpy(ret->owner, owner);
    strcpy(ret->reason, reason);
    return 0;
}

int removed_get(const struct store *store, const struct entry_id *id, struct removed *ret,
                struct err *err)
{
    autobuf text = {0};
    autojson *object = NULL;
    autoclose int fd = -1;
    struct removed removed = {.id = *id};
    int rc = folder(store, false, &fd, err);
    if (rc == 0)
        rc = fs_read(fd, name_of(id).text, STORE_FILE_MAX, &text, err);
    if (rc == 0)
        rc = json_parse(buf_text(&text), text.len, "it", &object, err);
    if (rc == 0)
        rc = parse(object, &removed, err);
    if (rc == 0)
        *ret = removed;
    return result(store, id, rc, err);
}

int removed_drop(const struct store *store, const struct entry_id *id, struct err *err)
{
    autoclose int fd = -1;
    int rc = folder(store, false, &fd, err);
    if (rc == -ERR_CONFIG)
        return 0;
    if (rc == 0)
        rc = fs_remove_tree(fd, name_of(id).text, err);
    return result(store, id, rc, err);
}

int removed_list(const struct store *store, struct entry_id **ret, size_t *ret_n, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    autofree struct entry_id *ids = NULL;
    autoclose int fd = -1;
    size_t n = 0;
    int rc = folder(store, false, &fd, err);
    if (rc == 0)
        rc = fs_list(fd, &names, err);
    if (rc < 0 && rc != -ERR_CONFIG) /* which is: nothing was ever removed */
        return err_context(err, "%s/" FOLDER, store->path);
    rc = 0;
    for (size_t i = 0; rc == 0 && i < names.n; i++) {
        struct entry_id id;
        if (id_of(names.v[i], &id))
            rc = ids_add(&ids, &n, &id.owner, id.profile, err);
    }
    if (rc < 0)
        return rc;
    ids_sort(ids, n);
    *ret = steal(&ids);
    *ret_n = n;
    return 0;
}
