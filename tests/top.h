/* Files of the source tree, for tests that compare with them. */
#ifndef SIGNET_TESTS_TOP_H
#define SIGNET_TESTS_TOP_H

#include "base/fs.h"
#include "tests/suite.h"

#include <fcntl.h>

/* Where FILE of the sources is, for the caller to free. `make check` says where they are; by hand
 * we stand in them or in a folder of theirs. */
static inline char *top_path(const char *file)
{
    const char *const tops[] = {getenv("srcdir"), ".", ".."};
    for (size_t i = 0; i < LENGTH(tops); i++) {
        autofree char *path = text_format("%s/%s", tops[i] ? tops[i] : "/none", file);
        if (access(path, R_OK) == 0)
            return steal(&path);
    }
    ck_abort_msg("%s was not found", file);
}

static inline void top_read(const char *file, struct buf *ret)
{
    struct err err = {0};
    autofree char *path = top_path(file);
    ck_assert_msg(fs_read(AT_FDCWD, path, 1 << 20, ret, &err) == 0, "%s", err.text);
}

#endif
