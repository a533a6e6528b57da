#include "profile/command.h"

#include "base/fs.h"
#include "base/proc.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define WORDS_MAX 64
#define LINKS_MAX 8 /* one behind the other */
#define BLANKS    " \t\r\n"

/* The next word of what *REST points to, with its quotes undone. */
static int next_word(const char **rest, struct buf *ret, struct err *err)
{
    const char *p = *rest;
    bool quoted = false;
    int rc = buf_reserve(ret, strlen(p), err);
    for (; rc == 0 && *p && (quoted || !strchr(BLANKS, *p)); p++) {
        if (*p != '"')
            rc = buf_add(ret, p, 1, err);
        else if (quoted && p[1] == '"')
            rc = buf_add(ret, p++, 1, err);
        else
            quoted = !quoted;
    }
    if (rc == 0 && quoted) {
        err_set(err, ERR_CONFIG, "command: a quote is not closed");
        return err_at(err, *rest, (size_t)(p - *rest));
    }
    *rest = p;
    return rc;
}

static int split(const char *line, struct strings *ret, struct err *err)
{
    int rc = 0;
    for (const char *rest = line + strspn(line, BLANKS); rc == 0 && *rest;
         rest += strspn(rest, BLANKS)) {
        autobuf word = {0};
        if (ret->n == WORDS_MAX)
            return err_set(err, ERR_CONFIG, "command: more than %d words", WORDS_MAX);
        rc = next_word(&rest, &word, err);
        if (rc == 0)
            rc = strings_add(ret, buf_text(&word), err);
    }
    if (rc < 0)
        return rc;
    if (ret->n == 0 || ret->v[0][0] != '/')
        return err_set(err, ERR_CONFIG,
                       "command: a program is named by its whole path, such as "
                       "/usr/local/libexec/%.60s",
                       ret->n && ret->v[0][0] ? ret->v[0] : "NAME");
    return 0;
}

/* In a sticky folder nobody moves what is another's, and the mode of a link says nothing. */
static int check_owner(struct stat st, const char *path, struct err *err)
{
    if (S_ISLNK(st.st_mode) || (S_ISDIR(st.st_mode) && st.st_mode & S_ISVTX))
        st.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
    return fs_check_trusted(&st, path, err);
}

static int check_path(const char *path, unsigned links, struct stat *ret, struct err *err);

/* Where the link PART leads to is looked at like what was named. */
static int check_link(const char *part, unsigned links, struct stat *ret, struct err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlink(part, target, sizeof target - 1);
    if (n < 0)
        return err_errno(err, "%s", part);
    if (links == 0)
        return err_set(err, ERR_DENIED, "%s: too many symbolic links", part);
    target[n] = 0;
    int folder = *target == '/' ? 0 : (int)(strrchr(part, '/') + 1 - part);
    autofree char *path = text_format("%.*s%s", folder, part, target);
    return path ? check_path(path, links - 1, ret, err) : err_memory(err);
}

/* Could anybody but root and ourselves have put the program there? From the root down, so that
 * nothing that was looked at can be moved away by those who may write what comes next. */
static int check_path(const char *path, unsigned links, struct stat *ret, struct err *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof part)
        return err_set(err, ERR_CONFIG, "command: the path of the program is too long");
    int rc = 0;
    for (size_t i = 1; rc == 0 && i <= len; i++) {
        if (path[i] && path[i - 1] != '/' && path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (lstat(part, ret) < 0)
            return errno == ENOENT ? err_set(err, ERR_DENIED, "%s: no such program", path)
                                   : err_errno(err, "%s", path);
        rc = check_owner(*ret, part, err);
        if (rc == 0 && S_ISLNK(ret->st_mode))
            rc = check_link(part, links, ret, err);
    }
    return rc;
}

static int check_program(const char *path, struct err *err)
{
    struct stat st;
    int rc = check_path(path, LINKS_MAX, &st, err);
    if (rc < 0)
        return rc;
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_DENIED, "%s: is no program", path);
    return access(path, X_OK) < 0 ? err_errno(err, "%s", path) : 0;
}

int command_check(const char *line, struct err *err)
{
    CLEANUP(strings_free) struct strings words = {0};
    int rc = split(line, &words, err);
    return rc < 0 ? rc : check_program(words.v[0], err);
}

static int add_first_line(const struct buf *output, struct buf *ret, struct err *err)
{
    const char *text = buf_text(output), *end = memchr(text, '\n', output->len);
    size_t len = end ? (size_t)(end - text) : output->len;
    while (len > 0 && text[len - 1] && strchr(BLANKS, text[len - 1]))
        len--;
    return buf_add(ret, text, len, err);
}

int command_run(const char *line, const struct buf *input, size_t max, int64_t timeout_ms,
                struct buf *ret_line, struct err *err)
{
    CLEANUP(strings_free) struct strings words = {0};
    autobuf output = {0};
    char *argv[WORDS_MAX + 1] = {0};
    int status = 0;

    int rc = split(line, &words, err);
    if (rc == 0)
        rc = check_program(words.v[0], err);
    if (rc < 0)
        return rc;
    memcpy(argv, words.v, words.n * sizeof *argv);
    rc = proc_run(argv, input, max, deadline_in(timeout_ms), &output, &status, err);
    if (rc < 0)
        return rc;
    if (status != 0)
        return err_set(err, ERR_RETRY, "%s: ended with exit status %d", argv[0], status);
    return add_first_line(&output, ret_line, err);
}
