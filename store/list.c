#include "store/internal.h"

#include "base/array.h"

#include <string.h>

struct list {
    struct entry_id *v;
    size_t n;
};

static void list_free(struct list *list)
{
    free(list->v);
}

int ids_add(struct entry_id **v, size_t *n, const struct owner *owner, const char *profile,
            struct err *err)
{
    int rc = array_room(v, *n, sizeof **v, err);
    if (rc < 0)
        return rc;
    struct entry_id *id = &(*v)[(*n)++];
    id->owner = *owner;
    memcpy(id->profile, profile, strlen(profile)); /* its length was checked with the name */
    return 0;
}

static int add_owner(int folder, const struct owner *owner, struct list *list, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    int rc = fs_list(folder, &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        if (entry_name_valid(names.v[i]) && folder_has(folder, names.v[i], S_IFDIR))
            rc = ids_add(&list->v, &list->n, owner, names.v[i], err);
    return rc;
}

bool owner_uid(const char *text, uid_t *ret)
{
    int64_t uid;
    if (!text_number(text, 0, UINT32_MAX - 1, &uid) || (text[0] == '0' && text[1]))
        return false;
    *ret = (uid_t)uid;
    return true;
}

static int list_users(int users, struct list *list, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    int rc = fs_list(users, &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++) {
        struct owner owner = {0};
        autoclose int folder = -1;
        if (!owner_uid(names.v[i], &owner.uid) || !folder_has(users, names.v[i], S_IFDIR))
            continue;
        rc = folder_open(users, names.v[i], false, &folder, err);
        if (rc == 0)
            rc = add_owner(folder, &owner, list, err);
        if (rc == -ERR_CONFIG) /* gone since */
            rc = 0;
    }
    return rc;
}

static int compare_ids(const void *a, const void *b)
{
    const struct entry_id *x = a, *y = b;
    if (x->owner.device != y->owner.device)
        return x->owner.device ? -1 : 1;
    if (x->owner.uid != y->owner.uid)
        return x->owner.uid < y->owner.uid ? -1 : 1;
    return strcmp(x->profile, y->profile);
}

void ids_sort(struct entry_id *v, size_t n)
{
    if (n)
        qsort(v, n, sizeof *v, compare_ids);
}

int store_list(const struct store *store, struct entry_id **ret, size_t *ret_n, struct err *err)
{
    static const struct owner device = {.device = true};
    CLEANUP(list_free) struct list list = {0};
    autoclose int device_fd = -1, users_fd = -1;
    int rc = folder_open(store->fd, "device", false, &device_fd, err);
    if (rc == 0)
        rc = add_owner(device_fd, &device, &list, err);
    if (rc == 0 || rc == -ERR_CONFIG)
        rc = folder_open(store->fd, "users", false, &users_fd, err);
    if (rc == 0)
        rc = list_users(users_fd, &list, err);
    if (rc < 0 && rc != -ERR_CONFIG) /* which is: no such folder yet, so nothing in it */
        return err_context(err, "%s", store->path);

    ids_sort(list.v, list.n);
    *ret_n = list.n;
    *ret = steal(&list.v);
    return 0;
}

int owner_list(const struct store *store, const struct owner *owner, struct entry_id **ret,
               size_t *ret_n, struct err *err)
{
    CLEANUP(list_free) struct list list = {0};
    autoclose int folder = -1;
    int rc = owner_open(store, owner, false, &folder, err);
    if (rc == 0)
        rc = add_owner(folder, owner, &list, err);
    if (rc < 0 && rc != -ERR_CONFIG) /* which is: it has nothing */
        return err_context(err, "%s", store->path);

    *ret_n = list.n;
    *ret = steal(&list.v);
    return 0;
}
