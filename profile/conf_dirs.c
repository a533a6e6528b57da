#include "profile/conf.h"

#include "base/array.h"
#include "base/fs.h"
#include "profile/problem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A file of some directory. */
struct source {
    char *name;
    size_t dir; /* index into the list of directories */
    int fd;     /* of the directory; borrowed */
};

struct sources {
    struct source *v;
    size_t n;
    int *fds; /* of each directory, -1: none */
    size_t n_fds;
};

static void sources_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->n; i++)
        free(sources->v[i].name);
    for (size_t i = 0; i < sources->n_fds; i++)
        if (sources->fds[i] >= 0)
            close(sources->fds[i]);
    free(sources->v);
    free(sources->fds);
}

static int compare_sources(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->dir > y->dir) - (x->dir < y->dir);
}

static bool is_conf(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

bool conf_is_denied(int at, const char *path)
{
    return faccessat(at, path, R_OK, AT_EACCESS) < 0 && errno == EACCES;
}

/* Adds the *.conf of one directory. */
static int list_dir(const char *dir, size_t index, struct sources *sources, struct conf *ret,
                    struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    struct stat st;
    struct err why;
    int *fd = &sources->fds[index];
    *fd = -1;
    sources->n_fds = index + 1;

    if (stat(dir, &st) < 0 && errno == ENOENT)
        return 0;
    if (fs_open_trusted_dir(dir, fd, &why) < 0 || fs_list(*fd, &names, &why) < 0) {
        ret->denied = ret->denied || conf_is_denied(AT_FDCWD, dir);
        return problem_add(&ret->problems, dir, 0, err, "%s", problem_reason(why.text, dir));
    }
    for (size_t i = 0; i < names.n; i++) {
        if (!is_conf(names.v[i]))
            continue;
        int rc = array_room(&sources->v, sources->n, sizeof *sources->v, err);
        if (rc < 0)
            return rc;
        sources->v[sources->n++] =
            (struct source){.name = steal(&names.v[i]), .dir = index, .fd = *fd};
    }
    return 0;
}

/* NAME below AT; PATH is what people call it. */
static int read_file(int at, const char *name, const char *path, struct conf *ret, struct err *err)
{
    autobuf text = {0};
    struct err why;
    bool secret = fs_read_secret(at, name, CONF_FILE_MAX, &text, &why) == 0;
    if (!secret && fs_read_trusted(at, name, CONF_FILE_MAX, &text, &why) < 0) {
        ret->denied = ret->denied || conf_is_denied(at, name);
        return problem_add(&ret->problems, path, 0, err, "%s", problem_reason(why.text, name));
    }

    size_t before = ret->n;
    int rc = conf_parse(path, buf_text(&text), text.len, ret, err);
    for (size_t i = before; i < ret->n; i++)
        ret->sections[i].secret = secret;
    return rc;
}

int conf_read_file(const char *path, struct conf *ret, struct err *err)
{
    struct stat st;
    if (lstat(path, &st) < 0 && errno == ENOENT)
        return 0;
    return read_file(AT_FDCWD, path, path, ret, err);
}

int conf_read_dirs(const struct strings *dirs, struct conf *ret, struct err *err)
{
    CLEANUP(sources_free) struct sources sources = {0};
    int rc = 0;
    sources.fds = calloc(dirs->n + 1, sizeof *sources.fds);
    if (!sources.fds)
        return err_memory(err);
    for (size_t i = 0; rc == 0 && i < dirs->n; i++)
        rc = list_dir(dirs->v[i], i, &sources, ret, err);
    if (sources.n)
        qsort(sources.v, sources.n, sizeof *sources.v, compare_sources);
    for (size_t i = 0; rc == 0 && i < sources.n; i++) {
        const struct source *source = &sources.v[i];
        if (i > 0 && strcmp(source->name, sources.v[i - 1].name) == 0)
            continue; /* hidden by an earlier directory */
        autofree char *path = text_format("%s/%s", dirs->v[source->dir], source->name);
        rc = path ? read_file(source->fd, source->name, path, ret, err) : err_memory(err);
    }
    return rc;
}
