/* Files. Everything opens close-on-exec and, where nothing else is said, without following a last
 * symbolic link; nothing is allocated before a length was checked. AT is a directory descriptor or
 * AT_FDCWD. */
#ifndef SIGNET_BASE_FS_H
#define SIGNET_BASE_FS_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#include <sys/stat.h>

/* Reads a regular file of at most MAX bytes. The error names PATH. A missing file is CONFIG. */
int fs_read(int at, const char *path, size_t max, struct buf *ret, struct err *err);

/* As fs_read(), for what decides about trust: the file must be owned by root or by our own
 * effective uid, and neither group nor others may write it. What breaks the rule is DENIED, with
 * the owner or mode found. Checks the opened descriptor, so there is no gap between look and use.
 */
int fs_read_trusted(int at, const char *path, size_t max, struct buf *ret, struct err *err);

/* The rule alone, for what has this STAT and is called PATH. */
int fs_check_trusted(const struct stat *st, const char *path, struct err *err);

/* The same rule for a directory; opens it. A link is followed: what it leads to is judged. A
 * missing one is CONFIG. */
int fs_open_trusted_dir(const char *path, int *ret_fd, struct err *err);

/* As fs_read_trusted(), and others (o+r) may not read it either: for challenges. */
int fs_read_secret(int at, const char *path, size_t max, struct buf *ret, struct err *err);

/* Writes all of it to a file, in as many writes as that takes; false, with errno, when it cannot.
 */
bool fs_write_all(int fd, const void *data, size_t len);

/* Creates NAME (which must not exist) with MODE, writes, fsyncs. Removes it again on failure. */
int fs_create(int at, const char *name, mode_t mode, const void *data, size_t len, struct err *err);

/* Replaces NAME: writes NAME.new beside it, fsyncs, renames, fsyncs the directory AT. AT must be a
 * real descriptor. After a crash the old or the new content is there, whole. */
int fs_replace(int at, const char *name, mode_t mode, const void *data, size_t len,
               struct err *err);

/* As fs_replace(), in a folder that is not ours: what is written beside has a name that nobody has
 * thought of, and no other file is touched. A crash may leave it there. */
int fs_replace_among(int at, const char *name, mode_t mode, const void *data, size_t len,
                     struct err *err);

/* Makes the directory PATH unless it is there, durably. */
int fs_make_dir(const char *path, mode_t mode, struct err *err);

/* Opens a directory. With CREATE makes it first, durably where AT is a real descriptor. A missing
 * one, and what is no directory, are CONFIG. */
int fs_open_dir(int at, const char *name, mode_t create_mode, bool create, int *ret_fd,
                struct err *err);

/* Names in the directory, sorted bytewise, without those that begin with a dot. */
int fs_list(int dir, struct strings *ret, struct err *err);

/* Removes NAME and, when it is a directory, everything below it (symbolic links are not followed).
 * What is not there is no error. */
int fs_remove_tree(int at, const char *name, struct err *err);

int fs_sync_dir(int dir, struct err *err);

/* Takes an exclusive flock(), which goes with the last copy of the descriptor. RETRY at the
 * deadline. Whoever can open a file or folder for reading can hold up those who lock it. */
int fs_lock(int fd, deadline until, struct err *err);

#endif
