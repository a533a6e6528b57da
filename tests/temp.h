/* A folder of the test's own, gone when it leaves its scope. */
#ifndef SIGNET_TESTS_TEMP_H
#define SIGNET_TESTS_TEMP_H

#include "base/fs.h"
#include "tests/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* A folder, and those on the way to it. */
static inline void temp_folder(const struct temp *temp, const char *name)
{
    char part[PATH_MAX];
    for (size_t i = 1; i <= strlen(name); i++)
        if (name[i] == '/' || name[i] == 0) {
            snprintf(part, sizeof part, "%.*s", (int)i, name);
            ck_assert_msg(mkdirat(temp->fd, part, 0755) == 0 || errno == EEXIST, "%s", part);
        }
}

/* A file with this content and mode, and the folders on the way to it. */
static inline void temp_file(const struct temp *temp, const char *name, mode_t mode,
                             const char *content)
{
    struct err err;
    char folder[PATH_MAX];
    const char *slash = strrchr(name, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - name) : 0, name);
    if (*folder)
        temp_folder(temp, folder);
    ck_assert_msg(fs_create(temp->fd, name, mode, content, strlen(content), &err) == 0, "%s",
                  err.text);
}

#endif
