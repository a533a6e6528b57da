#include "cli/output.h"

#include "base/fs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int output_write(const char *file, const char *text, struct err *err)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    autofree char *folder = slash ? strndup(file, (size_t)(name - file)) : strdup(".");
    autoclose int fd = -1;
    struct stat st;
    if (!folder)
        return err_memory(err);
    int rc = fs_open_dir(AT_FDCWD, folder, 0, false, &fd, err);
    if (rc < 0)
        return rc;
    bool there = fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*name || (there && !S_ISREG(st.st_mode)))
        return err_set(err, ERR_CONFIG,
                       "%s: is no file that could be replaced; without --output it is printed",
                       file);
    rc = fs_replace_among(fd, name, 0644, text, strlen(text), err);
    return rc < 0 ? err_context(err, "%s", file) : 0;
}
