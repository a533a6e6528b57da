#include "store/internal.h"

static const char file[] = "next-ca.pem";

int entry_next_get(const struct entry *entry, struct buf *ret, struct err *err)
{
    autobuf pem = {0};
    mode_t type = 0;
    int rc = folder_type(entry->fd, file, &type, err);
    if (rc == 0 && type == S_IFREG)
        rc = fs_read(entry->fd, file, STORE_FILE_MAX, &pem, err);
    if (rc < 0)
        return entry_result(entry, rc, err);
    if (!pem_is_whole(&pem)) /* a damaged one is asked for again */
        return 0;
    return buf_add(ret, pem.data, pem.len, err);
}

int entry_next_put(struct entry *entry, const struct buf *pem, struct err *err)
{
    autobuf old = {0};
    int rc = entry_needs_lock(entry, err);
    if (rc == 0 && (pem->len > STORE_FILE_MAX || !pem_is_whole(pem)))
        rc = err_set(err, ERR_BUG, "certificates of the next CA that are no PEM");
    if (rc == 0)
        rc = entry_next_get(entry, &old, err);
    if (rc == 0 && !buf_equal(&old, pem))
        rc = fs_replace(entry->fd, file, 0600, pem->data, pem->len, err);
    return entry_result(entry, rc, err);
}
