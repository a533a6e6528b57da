#include "store/internal.h"

#include <stdio.h>

/* What a new generation is written from. */
struct parts {
    struct buf key, meta;
    const struct buf *cert, *chain;
};

static void parts_free(struct parts *parts)
{
    buf_free(&parts->key);
    buf_free(&parts->meta);
}

/* Nothing is stored that could not be read back. */
static int parts_check(const struct parts *parts, struct err *err)
{
    if (parts->cert->len > STORE_FILE_MAX || parts->chain->len > STORE_FILE_MAX ||
        parts->meta.len > STORE_FILE_MAX)
        return err_set(err, ERR_RESOURCE, "a certificate, chain or meta of more than %u bytes",
                       STORE_FILE_MAX);
    if (!pem_is_whole(parts->cert) || (parts->chain->len > 0 && !pem_is_whole(parts->chain)))
        return err_set(err, ERR_BUG, "a certificate or chain that is no PEM");
    return 0;
}

static int parts_write(int folder, const struct parts *parts, struct err *err)
{
    const struct {
        const char *name;
        const struct buf *data;
    } files[] = {
        {"key.pem", &parts->key},
        {"cert.pem", parts->cert},
        {"chain.pem", parts->chain},
        {"meta.json", &parts->meta},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(files); i++)
        rc = fs_create(folder, files[i].name, 0600, buf_text(files[i].data), files[i].data->len,
                       err);
    return rc < 0 ? rc : fs_sync_dir(folder, err);
}

/* generations/N, whole or not at all; nothing leads to it yet. */
static int build(int generations, const char *name, const struct parts *parts, struct err *err)
{
    autofree char *beside = text_format("%s" NEW_SUFFIX, name);
    autoclose int folder = -1;
    if (!beside)
        return err_memory(err);
    int rc = fs_remove_tree(generations, beside, err);
    if (rc == 0)
        rc = folder_open(generations, beside, true, &folder, err);
    if (rc == 0)
        rc = parts_write(folder, parts, err);
    if (rc == 0 && renameat(generations, beside, generations, name) < 0)
        rc = err_errno(err, "rename %s", beside);
    if (rc < 0) {
        fs_remove_tree(generations, beside, NULL);
        return rc;
    }
    rc = fs_sync_dir(generations, err);
    if (rc < 0)
        folder_remove(generations, name, NULL);
    return rc;
}

/* The one moment at which the new generation takes the place of the old. */
static int switch_current(struct entry *entry, unsigned number, struct err *err)
{
    char target[sizeof "generations/" + sizeof(struct generation_name)];
    snprintf(target, sizeof target, "generations/%u", number);
    int rc = fs_remove_tree(entry->fd, "current" NEW_SUFFIX, err);
    if (rc < 0)
        return rc;
    if (symlinkat(target, entry->fd, "current" NEW_SUFFIX) < 0)
        return err_errno(err, "create current" NEW_SUFFIX);
    if (renameat(entry->fd, "current" NEW_SUFFIX, entry->fd, "current") < 0)
        return err_errno(err, "rename current" NEW_SUFFIX);
    return 0;
}

static int install(struct entry *entry, const struct parts *parts, unsigned *ret_number,
                   struct err *err)
{
    autofree unsigned *numbers = NULL;
    autoclose int generations = -1;
    size_t n = 0;
    int rc = folder_open(entry->fd, "generations", true, &generations, err);
    if (rc == 0)
        rc = generation_numbers(entry, &numbers, &n, err);
    if (rc < 0)
        return rc;
    unsigned number = n > 0 ? numbers[0] + 1 : 1;
    if (number > GENERATION_MAX)
        return err_set(err, ERR_RESOURCE, "generations/%u: there is no number after it",
                       numbers[0]);

    const struct generation_name name = generation_name(number);
    rc = build(generations, name.text, parts, err);
    if (rc < 0)
        return rc;
    rc = switch_current(entry, number, err);
    if (rc < 0) { /* what was built is not to be taken for the generation before */
        fs_remove_tree(entry->fd, "current" NEW_SUFFIX, NULL);
        folder_remove(generations, name.text, NULL);
        return rc;
    }
    *ret_number = number;
    return 0;
}

/* pending/ goes last but for old generations, and only once the switch is sure to outlive a power
 * cut: as long as it is there, entry_recover() comes here again. */
int commit_finish(struct entry *entry, unsigned number, struct err *err)
{
    int rc = fs_sync_dir(entry->fd, err);
    if (rc == 0)
        rc = store_bump(entry->store, err);
    if (rc == 0) {
        pending_wipe(entry, NULL); /* what cannot be wiped is removed all the same */
        rc = fs_remove_tree(entry->fd, "pending", err);
    }
    return rc == 0 ? generation_prune(entry, number, err) : rc;
}

int entry_commit(struct entry *entry, const struct buf *cert_pem, const struct buf *chain_pem,
                 const json_t *meta, unsigned *ret_number, struct err *err)
{
    CLEANUP(parts_free) struct parts parts = {.cert = cert_pem, .chain = chain_pem};
    unsigned number = 0;
    int rc = entry_needs_lock(entry, err);
    if (rc == 0)
        rc = pending_read(entry, &parts.key, err);
    if (rc == 0)
        rc = json_print(meta, &parts.meta, err);
    if (rc == 0)
        rc = parts_check(&parts, err);
    if (rc == 0)
        rc = install(entry, &parts, &number, err);
    if (rc < 0)
        return entry_result(entry, rc, err);

    /* It is committed, for everyone to see. What fails now is done by the next process that locks.
     */
    commit_finish(entry, number, NULL);
    *ret_number = number;
    return 0;
}
