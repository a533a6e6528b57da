/* Folders with all that is in them. */
#ifndef SIGNET_TESTS_CRASH_TREE_H
#define SIGNET_TESTS_CRASH_TREE_H

#include <sys/stat.h>

/* TO, which must not exist, becomes what FROM is, modes and owners too. */
void tree_copy(const char *from, const char *to);

/* What is called PATH is gone, whatever it was. */
void tree_remove(const char *path);

/* Calls SEE for ROOT ("" then) and all that is in it, folders before what they hold. */
typedef void tree_seer(void *context, const char *path, const struct stat *st);
void tree_walk(const char *root, tree_seer *see, void *context);

#endif
