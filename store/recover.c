#include "store/internal.h"

#include <string.h>

/* What stands in an entry. Anything else of these names came from a damaged file system, and would
 * be in the way of a rename for ever. */
static const struct {
    const char *name;
    mode_t type;
} parts[] = {
    {"access.json", S_IFREG}, {"current", S_IFLNK}, {"generations", S_IFDIR},
    {"next-ca.pem", S_IFREG}, {"pending", S_IFDIR}, {"state.json", S_IFREG},
};

static int clear_wrong_types(struct entry *entry, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(parts); i++) {
        mode_t type = 0;
        rc = folder_type(entry->fd, parts[i].name, &type, err);
        if (rc == 0 && type != 0 && type != parts[i].type)
            rc = fs_remove_tree(entry->fd, parts[i].name, err);
    }
    return rc;
}

static bool is_half_written(const char *name)
{
    size_t len = strlen(name), tail = sizeof NEW_SUFFIX - 1;
    return len > tail && strcmp(name + len - tail, NEW_SUFFIX) == 0;
}

static int clear_half_written(int folder, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    int rc = fs_list(folder, &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        if (is_half_written(names.v[i]))
            rc = fs_remove_tree(folder, names.v[i], err);
    return rc;
}

static int clear_half_written_in(struct entry *entry, const char *name, struct err *err)
{
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, name, false, &folder, err);
    if (rc == -ERR_CONFIG)
        return 0;
    return rc < 0 ? rc : clear_half_written(folder, err);
}

/* CONFIG when `current` leads nowhere. */
static int current_check(const struct entry *entry, unsigned *ret, struct err *err)
{
    autoclose int generations = -1, folder = -1;
    int rc = current_read(entry, ret, err);
    if (rc < 0 || *ret == 0)
        return rc;
    rc = folder_open(entry->fd, "generations", false, &generations, err);
    if (rc == 0)
        rc = folder_open(generations, generation_name(*ret).text, false, &folder, err);
    return rc;
}

/* The number that `current` leads to; 0, and `current` is gone, when it leads nowhere. What could
 * not be read just now, for want of a descriptor or a working disk, is not taken for that. */
static int settle_current(struct entry *entry, unsigned *ret, struct err *err)
{
    unsigned number = 0;
    int rc = current_check(entry, &number, err);
    if (rc == 0)
        *ret = number;
    if (rc != -ERR_CONFIG)
        return rc;
    *ret = 0;
    return fs_remove_tree(entry->fd, "current", err);
}

static bool has_key(const struct entry *entry, unsigned number, const struct buf *key)
{
    CLEANUP(generation_free) struct generation generation = {0};
    return entry_read(entry, number, PART_KEY, &generation, NULL) == 0 &&
           buf_equal(&generation.key_pem, key);
}

/* Nothing was switched to yet. A generation that has pending's key is a commit that did not come to
 * its end, and the key stays in pending/. Any other may hold the only copy of a granted key: it
 * stays. */
static int clear_unswitched(struct entry *entry, const struct buf *pending, struct err *err)
{
    autofree unsigned *numbers = NULL;
    autoclose int generations = -1;
    size_t n = 0;
    int rc = generation_numbers(entry, &numbers, &n, err);
    if (rc == 0 && n > 0)
        rc = folder_open(entry->fd, "generations", false, &generations, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (pending->len > 0 && has_key(entry, numbers[i], pending))
            rc = folder_remove(generations, generation_name(numbers[i]).text, err);
    return rc;
}

int entry_recover(struct entry *entry, struct err *err)
{
    autobuf pending = {0};
    unsigned current = 0;
    int rc = clear_wrong_types(entry, err);
    if (rc == 0)
        rc = clear_half_written(entry->fd, err);
    if (rc == 0)
        rc = clear_half_written_in(entry, "generations", err);
    if (rc == 0)
        rc = clear_half_written_in(entry, "pending", err);
    if (rc == 0)
        rc = settle_current(entry, &current, err);
    if (rc == 0 && (rc = pending_read(entry, &pending, err)) == -ERR_CONFIG)
        rc = 0; /* there is none, or a torn one, which no generation has */
    if (rc < 0)
        return rc;

    if (current == 0)
        return clear_unswitched(entry, &pending, err);
    if (pending.len > 0 && has_key(entry, current, &pending))
        return commit_finish(entry, current, err);
    return generation_prune(entry, current, err);
}
