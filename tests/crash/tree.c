#include "tests/crash/tree.h"

#include "base/fs.h"
#include "tests/crash/must.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* nftw() has no context. */
static struct walk {
    tree_seer *see;
    void *context;
    size_t root; /* bytes of its path */
} walk;

static int step(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)type, (void)ftw;
    path += walk.root;
    walk.see(walk.context, *path == '/' ? path + 1 : path, st);
    return 0;
}

void tree_walk(const char *root, tree_seer *see, void *context)
{
    const struct walk outer = walk; /* who sees may walk elsewhere */
    walk = (struct walk){see, context, strlen(root)};
    must(nftw(root, step, 16, FTW_PHYS) == 0);
    walk = outer;
}

struct copy {
    const char *from, *to;
};

static void copy_file(const char *from, const char *to)
{
    autobuf content = {0};
    autoclose int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0 && fs_read(AT_FDCWD, from, 1 << 20, &content, NULL) == 0);
    must(write(fd, buf_text(&content), content.len) == (ssize_t)content.len);
}

static void copy_one(void *context, const char *path, const struct stat *st)
{
    const struct copy *copy = context;
    char from[PATH_MAX], to[PATH_MAX], target[PATH_MAX] = "";
    snprintf(from, sizeof from, "%s/%s", copy->from, path);
    snprintf(to, sizeof to, *path ? "%s/%s" : "%s", copy->to, path);
    if (S_ISDIR(st->st_mode))
        must(mkdir(to, 0700) == 0);
    else if (S_ISLNK(st->st_mode))
        must(readlink(from, target, sizeof target - 1) > 0 && symlink(target, to) == 0);
    else
        copy_file(from, to);
    must(lchown(to, st->st_uid, st->st_gid) == 0);
    must(S_ISLNK(st->st_mode) || chmod(to, st->st_mode & 07777) == 0);
}

void tree_copy(const char *from, const char *to)
{
    struct copy copy = {from, to};
    tree_walk(from, copy_one, &copy);
}

void tree_remove(const char *path)
{
    must(fs_remove_tree(AT_FDCWD, path, NULL) == 0);
}
