#include "tests/crash/power.h"

#include "base/fs.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* One name in a folder. */
struct name {
    char text[NAME_MAX + 1], target[256]; /* TARGET: of a link */
    struct stat st;
};

/* What was fsynced of one inode. In memory, where these tests are, no number is given twice. */
struct node {
    ino_t ino;
    bool is_folder;
    struct buf content;
    struct name *names;
    size_t n_names;
};

struct power {
    char root[PATH_MAX];
    struct node *nodes;
    size_t n;
};

static void node_clear(struct node *node)
{
    buf_free(&node->content);
    free(node->names);
    node->names = NULL;
    node->n_names = 0;
}

static struct node *find(const struct power *power, ino_t ino)
{
    for (size_t i = 0; i < power->n; i++)
        if (power->nodes[i].ino == ino)
            return &power->nodes[i];
    return NULL;
}

static struct node *find_or_add(struct power *power, ino_t ino)
{
    struct node *node = find(power, ino);
    if (node)
        return node;
    must((power->nodes = reallocarray(power->nodes, power->n + 1, sizeof *power->nodes)));
    node = &power->nodes[power->n++];
    *node = (struct node){.ino = ino};
    return node;
}

static void read_names(int fd, struct name **ret, size_t *ret_n)
{
    struct name *names = NULL;
    size_t n = 0;
    DIR *folder = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    must(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        must((names = reallocarray(names, n + 1, sizeof *names)));
        struct name *name = &names[n++];
        memset(name, 0, sizeof *name);
        strcpy(name->text, entry->d_name);
        must(fstatat(fd, name->text, &name->st, AT_SYMLINK_NOFOLLOW) == 0);
        if (S_ISLNK(name->st.st_mode))
            must(readlinkat(fd, name->text, name->target, sizeof name->target - 1) > 0);
    }
    closedir(folder);
    *ret = names;
    *ret_n = n;
}

static void read_content(int fd, const struct stat *st, struct buf *ret)
{
    size_t len = (size_t)st->st_size;
    char path[64];
    /* It may have been opened for writing only. */
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    autoclose int again = open(path, O_RDONLY | O_CLOEXEC);
    must(again >= 0 && buf_reserve(ret, len, NULL) == 0);
    must(pread(again, ret->data, len, 0) == (ssize_t)len);
    ret->len = len;
}

void power_sync(struct power *power, int fd)
{
    struct stat st;
    must(fstat(fd, &st) == 0);
    struct node *node = find_or_add(power, st.st_ino);
    node_clear(node);
    node->is_folder = S_ISDIR(st.st_mode);
    if (node->is_folder)
        read_names(fd, &node->names, &node->n_names);
    else
        read_content(fd, &st, &node->content);
}

static void sync_one(void *context, const char *path, const struct stat *st)
{
    struct power *power = context;
    char whole[2 * PATH_MAX];
    if (S_ISLNK(st->st_mode))
        return;
    snprintf(whole, sizeof whole, "%s/%s", power->root, path);
    autoclose int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    must(fd >= 0);
    power_sync(power, fd);
}

void power_sync_all(struct power *power)
{
    tree_walk(power->root, sync_one, power);
}

struct power *power_on(const char *root)
{
    struct power *power = calloc(1, sizeof *power);
    must(power);
    snprintf(power->root, sizeof power->root, "%s", root);
    power_sync_all(power);
    return power;
}

void power_free(struct power *power)
{
    for (size_t i = 0; i < power->n; i++)
        node_clear(&power->nodes[i]);
    free(power->nodes);
    free(power);
}

struct cutter {
    const struct power *power;
    enum power_cut cut;
};

static void make_folder(const struct cutter *c, const struct stat *st, const char *now,
                        const char *to);

static void make_file(const struct node *node, const char *to)
{
    static const struct buf nothing = {0};
    const struct buf *content = node && !node->is_folder ? &node->content : &nothing;
    autoclose int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, buf_text(content), content->len) == (ssize_t)content->len);
}

/* NOW: where the folder is as those see it who run. */
static void make_name(const struct cutter *c, const struct name *name, const char *now,
                      const char *to)
{
    char path[PATH_MAX], inside[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", to, name->text);
    snprintf(inside, sizeof inside, "%s/%s", now, name->text);
    if (S_ISDIR(name->st.st_mode)) {
        make_folder(c, &name->st, inside, path);
        return;
    }
    if (S_ISLNK(name->st.st_mode)) {
        must(symlink(name->target, path) == 0 &&
             lchown(path, name->st.st_uid, name->st.st_gid) == 0);
        return;
    }
    make_file(find(c->power, name->st.st_ino), path);
    must(chown(path, name->st.st_uid, name->st.st_gid) == 0);
    must(chmod(path, name->st.st_mode & 07777) == 0);
}

static void make_folder(const struct cutter *c, const struct stat *st, const char *now,
                        const char *to)
{
    const struct node *node = find(c->power, st->st_ino);
    autofree struct name *read = NULL;
    const struct name *names = node ? node->names : NULL;
    size_t n = node ? node->n_names : 0;
    if (c->cut == CUT_EAGER) {
        autoclose int fd = open(now, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        must(fd >= 0);
        read_names(fd, &read, &n);
        names = read;
    }
    must(mkdir(to, 0700) == 0);
    for (size_t i = 0; i < n; i++)
        make_name(c, &names[i], now, to);
    must(chown(to, st->st_uid, st->st_gid) == 0 && chmod(to, st->st_mode & 07777) == 0);
}

void power_cut(const struct power *power, enum power_cut cut, const char *to)
{
    struct stat st;
    const struct cutter cutter = {power, cut};
    must(stat(power->root, &st) == 0);
    make_folder(&cutter, &st, power->root, to);
}
