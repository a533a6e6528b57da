/* pending/signer.pem: there only between a request that was put off and what becomes of it. */
#include "store/internal.h"

static const char file[] = "signer.pem";

int signer_drop(const struct entry *entry, struct err *err)
{
    autoclose int folder = -1;
    mode_t type = 0;
    int rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc < 0)
        return rc == -ERR_CONFIG ? 0 : rc;
    rc = folder_type(folder, file, &type, err);
    if (rc == 0 && type != 0)
        rc = fs_remove_tree(folder, file, err);
    return rc;
}

int entry_signer_put(struct entry *entry, const struct buf *key_pem, struct err *err)
{
    autoclose int folder = -1;
    int rc = entry_needs_lock(entry, err);
    if (rc == 0 && (key_pem->len > STORE_FILE_MAX || !pem_is_whole(key_pem)))
        rc = err_set(err, ERR_BUG, "a signer's key that is no PEM");
    if (rc == 0)
        rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc == 0)
        rc = fs_replace(folder, file, 0600, key_pem->data, key_pem->len, err);
    return entry_result(entry, rc, err);
}

int entry_signer_get(const struct entry *entry, struct buf *ret_key_pem, struct err *err)
{
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc == 0)
        rc = fs_read(folder, file, STORE_FILE_MAX, ret_key_pem, err);
    return entry_result(entry, rc, err);
}
