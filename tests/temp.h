/* A folder of the test's own, gone when it leaves its scope. */
#ifndef SIGNET_TESTS_TEMP_H
#define SIGNET_TESTS_TEMP_H

#include "base/fs.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct temp {
    char path[64];
    int fd;
};

static inline void temp_open_in(struct temp *temp, const char *folder)
{
    snprintf(temp->path, sizeof temp->path, "%s/signet-test.XXXXXX", folder);
    ck_assert_ptr_nonnull(mkdtemp(temp->path));
    temp->fd = open(temp->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(temp->fd, 0);
}

static inline void temp_open(struct temp *temp)
{
    temp_open_in(temp, "/tmp");
}

/* In memory where there is some, for tests that wait for the disk a thousand times. */
static inline void temp_open_fast(struct temp *temp)
{
    temp_open_in(temp, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static inline void temp_close(struct temp *temp)
{
    close(temp->fd);
    ck_assert_int_eq(fs_remove_tree(AT_FDCWD, temp->path, NULL), 0);
}

#define autotemp CLEANUP(temp_close) struct temp

/* A file with this content and mode. */
static inline void temp_file(const struct temp *temp, const char *name, mode_t mode,
                             const char *content)
{
    struct err err;
    ck_assert_msg(fs_create(temp->fd, name, mode, content, strlen(content), &err) == 0, "%s",
                  err.text);
}

#endif
