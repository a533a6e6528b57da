#include "store/internal.h"

#include <string.h>

static const char *const suffixes[] = {[ANCHOR_TRUSTED] = ".der", [ANCHOR_ISSUER] = ".issuer"};

struct file_name {
    char text[ENTRY_NAME_MAX + sizeof ".issuer" NEW_SUFFIX];
};

static struct file_name file_of(enum anchor_kind kind, const char *profile, const char *tail)
{
    struct file_name name;
    snprintf(name.text, sizeof name.text, "%.*s%s%s", ENTRY_NAME_MAX, profile, suffixes[kind],
             tail);
    return name;
}

static int anchors_open(const struct store *store, bool create, int *ret_fd, struct err *err)
{
    int rc = folder_open(store->fd, "anchors", create, ret_fd, err);
    if (rc < 0)
        err_context(err, "%s", store->path);
    return rc;
}

static int name_check(const char *profile, struct err *err)
{
    return entry_name_valid(profile)
               ? 0
               : err_set(err, ERR_CONFIG, "%.64s: is not a name for a profile", profile);
}

/* Puts, or with DER NULL removes; 1 when that changed something. */
static int anchor_change(const struct store *store, enum anchor_kind kind, int folder,
                         const char *profile, const struct buf *der, struct err *err)
{
    const struct file_name name = file_of(kind, profile, ""),
                           beside = file_of(kind, profile, NEW_SUFFIX);
    autoclose int lock = -1;
    autobuf old = {0};
    int rc = store_lock(store, &lock, err);
    if (rc < 0)
        return rc;
    if (der && fs_read(folder, name.text, STORE_FILE_MAX, &old, NULL) == 0 && buf_equal(&old, der))
        return 0;

    mode_t type = 0;
    rc = folder_type(folder, name.text, &type, err);
    bool there = type == S_IFREG;
    if (rc == 0 && (!der || !there)) /* a folder or a link in the way of the file goes, too */
        rc = fs_remove_tree(folder, name.text, err);
    if (rc == 0)
        rc = fs_remove_tree(folder, beside.text, err);
    if (rc == 0 && der)
        rc = fs_replace(folder, name.text, 0600, der->data, der->len, err);
    else if (rc == 0 && there)
        rc = fs_sync_dir(folder, err);
    if (rc < 0)
        return err_context(err, "%s/anchors/%s", store->path, name.text);
    return der || there;
}

int store_anchor_put(const struct store *store, enum anchor_kind kind, const char *profile,
                     const struct buf *der, struct err *err)
{
    if (der->len == 0 || der->len > STORE_FILE_MAX)
        return err_set(err, ERR_RESOURCE, "%.64s: a certificate of %zu bytes is not stored",
                       profile, der->len);
    autoclose int folder = -1;
    int rc = name_check(profile, err);
    if (rc == 0)
        rc = anchors_open(store, true, &folder, err);
    if (rc == 0)
        rc = anchor_change(store, kind, folder, profile, der, err);
    return rc > 0 ? store_bump(store, err) : rc;
}

int store_anchor_remove(const struct store *store, enum anchor_kind kind, const char *profile,
                        struct err *err)
{
    autoclose int folder = -1;
    int rc = name_check(profile, err);
    if (rc < 0)
        return rc;
    rc = anchors_open(store, false, &folder, err);
    if (rc == -ERR_CONFIG) /* there are none at all */
        return 0;
    if (rc == 0)
        rc = anchor_change(store, kind, folder, profile, NULL, err);
    return rc > 0 ? store_bump(store, err) : rc;
}

static int add_anchor(int folder, const char *suffix, const char *file, struct strings *list,
                      struct err *err)
{
    size_t len = strlen(file), tail = strlen(suffix);
    if (len <= tail || strcmp(file + len - tail, suffix) != 0)
        return 0;
    autofree char *profile = strndup(file, len - tail);
    if (!profile)
        return err_memory(err);
    if (!entry_name_valid(profile) || !folder_has(folder, file, S_IFREG))
        return 0;
    return strings_add(list, profile, err);
}

int store_anchors(const struct store *store, enum anchor_kind kind, struct strings *ret_profiles,
                  struct err *err)
{
    CLEANUP(strings_free) struct strings files = {0}, profiles = {0};
    autoclose int folder = -1;
    int rc = anchors_open(store, false, &folder, err);
    if (rc == 0 && (rc = fs_list(folder, &files, err)) < 0)
        err_context(err, "%s/anchors", store->path);
    for (size_t i = 0; rc == 0 && i < files.n; i++)
        rc = add_anchor(folder, suffixes[kind], files.v[i], &profiles, err);
    if (rc < 0 && rc != -ERR_CONFIG) /* which is: no such folder yet */
        return rc;
    strings_free(ret_profiles);
    *ret_profiles = profiles;
    profiles = (struct strings){0};
    return 0;
}

int store_anchor_read(const struct store *store, enum anchor_kind kind, const char *profile,
                      struct buf *ret_der, struct err *err)
{
    autoclose int folder = -1;
    int rc = name_check(profile, err);
    if (rc == 0)
        rc = anchors_open(store, false, &folder, err);
    if (rc < 0)
        return rc;
    rc = fs_read(folder, file_of(kind, profile, "").text, STORE_FILE_MAX, ret_der, err);
    return rc < 0 ? err_context(err, "%s/anchors", store->path) : 0;
}
