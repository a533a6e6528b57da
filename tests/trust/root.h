/* A machine in a temporary folder: what signet-apply looks at, below its --root. */
#ifndef SIGNET_TESTS_TRUST_ROOT_H
#define SIGNET_TESTS_TRUST_ROOT_H

#include "base/fs.h"
#include "tests/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct root {
    struct temp temp;
    const char *path;
    struct err err;
};

/* A path below the root. Static, good for four calls. */
static inline const char *in_root(const struct root *root, const char *path)
{
    static char texts[4][512];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof texts[0], "%s/%s", root->path, path);
    return text;
}

static inline void root_folder(const struct root *root, const char *path)
{
    temp_folder(&root->temp, path);
}

static inline void root_open(struct root *root)
{
    temp_open(&root->temp);
    root->path = root->temp.path;
}

static inline void root_close(struct root *root)
{
    temp_close(&root->temp);
}
#define ROOT(root)                                                                                 \
    CLEANUP(root_close) struct root root;                                                          \
    root_open(&root)

static inline void root_put(const struct root *root, const char *path, const void *data, size_t len)
{
    FILE *file = fopen(in_root(root, path), "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(data, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void root_put_text(const struct root *root, const char *path, const char *text)
{
    root_put(root, path, text, strlen(text));
}

static inline bool root_has(const struct root *root, const char *path)
{
    struct stat st;
    return lstat(in_root(root, path), &st) == 0;
}

#endif
