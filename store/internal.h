/* What the store's own files share; nobody outside store/ includes it. */
#ifndef SIGNET_STORE_INTERNAL_H
#define SIGNET_STORE_INTERNAL_H

#include "store/entry.h"

#include <sys/stat.h>

#define NEW_SUFFIX ".new" /* of what is being written beside, as fs_replace() names it */

/* As fs_open_dir(); what is made is for us alone (0700). */
int folder_open(int at, const char *name, bool create, int *ret_fd, struct err *err);

/* Removes it with all that is in it, at once for whoever looks: half a generation would be taken
 * for one that holds the only copy of something. */
int folder_remove(int at, const char *name, struct err *err);

/* The type (S_IFREG, S_IFDIR, S_IFLNK, ...) of what is called NAME, links not followed; 0: nothing
 * is. */
int folder_type(int at, const char *name, mode_t *ret, struct err *err);

/* Is that its type? For passing over things; not for deciding to remove them, as any error is a no.
 */
bool folder_has(int at, const char *name, mode_t type);

/* One writer at a time in what the whole store shares (`changes`, anchors): closing the descriptor
 * unlocks. The folder itself is locked, because a descriptor of `changes` is handed to clients, and
 * one of them could hold a lock on that for ever. */
int store_lock(const struct store *store, int *ret_fd, struct err *err);

/* The uid that TEXT is, written as we write it; not -1, which is no user. */
bool owner_uid(const char *text, uid_t *ret);

/* Appends to an array of N; sorts one: device first, then by uid; by profile within one owner. */
int ids_add(struct entry_id **v, size_t *n, const struct owner *owner, const char *profile,
            struct err *err);
void ids_sort(struct entry_id *v, size_t n);

/* The folder of all entries of one owner. */
int owner_open(const struct store *store, const struct owner *owner, bool create, int *ret_fd,
               struct err *err);

/* Returns RC; when it is negative, after putting the entry's path in front of the error. */
int entry_result(const struct entry *entry, int rc, struct err *err);

/* Opens the entry's folder (anew), by its path. */
int entry_reopen(struct entry *entry, struct err *err);

/* BUG when the entry is not locked. */
int entry_needs_lock(const struct entry *entry, struct err *err);

/* As entry_pending_get(), with an error that does not name the entry yet. */
int pending_read(const struct entry *entry, struct buf *ret, struct err *err);

/* As entry_kept_drop(), of all that stands beside the key, with an error that does not name the
 * entry yet, and without a lock. What cannot be overwritten is removed all the same. Before
 * pending/ goes. */
int pending_wipe(const struct entry *entry, struct err *err);

/* As entry_current(), with an error that does not name the entry yet. */
int current_read(const struct entry *entry, unsigned *ret_number, struct err *err);

/* All numbers in generations/, highest first, whatever `current` says. Malloc'ed. */
int generation_numbers(const struct entry *entry, unsigned **ret, size_t *ret_n, struct err *err);

#define GENERATION_MAX 999999999

/* The name of a generation's folder. */
struct generation_name {
    char text[16];
};
struct generation_name generation_name(unsigned number);

/* Removes the generations that nobody needs beside NUMBER and the one before it. */
int generation_prune(struct entry *entry, unsigned number, struct err *err);

/* Is TEXT one or more whole PEM blocks, as far as the frame tells? */
bool pem_is_whole(const struct buf *text);

/* After the switch: makes it durable, tells the clients, and drops the key that is now part of a
 * generation. */
int commit_finish(struct entry *entry, unsigned number, struct err *err);

/* Finishes or clears away what a killed process left. Needs the lock. */
int entry_recover(struct entry *entry, struct err *err);

#endif
