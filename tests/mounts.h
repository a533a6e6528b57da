/* A mount namespace of the test's own, in which files of its own stand over the machine's. Root
 * only. */
#ifndef SIGNET_TESTS_MOUNTS_H
#define SIGNET_TESTS_MOUNTS_H

#include "tests/suite.h"

#include <sched.h>
#include <sys/mount.h>

/* The kernel does not look at the type that neither mount has; valgrind does. */
#define MOUNTS_NO_TYPE ""

static inline void mounts_own(void)
{
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount("none", "/", MOUNTS_NO_TYPE, MS_REC | MS_PRIVATE, NULL), 0);
}

/* FILE stands over PATH, for this process and its children. */
static inline void mounts_put(const char *file, const char *path)
{
    ck_assert_int_eq(mount(file, path, MOUNTS_NO_TYPE, MS_BIND, NULL), 0);
}

#endif
