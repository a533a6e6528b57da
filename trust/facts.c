#include "trust/facts.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define SERIAL_MAX 64 /* upper bound of serialNumber, RFC 5280 appendix A.1 */

/* What makers leave in the field when they have nothing to say. */
static const char *const placeholders[] = {
    "None",
    "N/A",
    "NA",
    "Unknown",
    "Default string",
    "Not Applicable",
    "Not Present",
    "Not Specified",
    "O.E.M.",
    "OEM",
    "To be filled by O.E.M.",
    "System Serial Number",
    "Chassis Serial Number",
    "0123456789",
    "123456789",
    "1234567890",
};

static bool is_serial(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return false;
    for (size_t i = 0; i < LENGTH(placeholders); i++)
        if (strcasecmp(text, placeholders[i]) == 0)
            return false;
    return *text && strlen(text) <= SERIAL_MAX && strspn(text, "0. ") != strlen(text);
}

int facts_print(const char *serial, struct buf *ret, struct err *err)
{
    autofree char *copy = strdup(serial);
    if (!copy)
        return err_memory(err);
    const char *trimmed = text_trim(copy);
    if (!is_serial(trimmed))
        return buf_add_text(ret, "{}\n", err);

    int rc = buf_add_text(ret, "{\"serialNumber\":\"", err);
    for (const char *p = trimmed; rc == 0 && *p; p++)
        rc = *p == '"' || *p == '\\' ? buf_printf(ret, err, "\\%c", *p) : buf_add(ret, p, 1, err);
    return rc < 0 ? rc : buf_add_text(ret, "\"}\n", err);
}

/* The folder may be the agent's own. So the file is made anew, given away through its descriptor,
 * and only then renamed: nothing that the agent could put in the way is ever opened or given away.
 */
static int replace_for_group(int folder, const struct buf *text, struct err *err)
{
    static const char beside[] = "facts.json.new";
    const struct group *group = getgrnam("signet");
    int rc = fs_remove_tree(folder, beside, err);
    if (rc < 0)
        return rc;
    autoclose int fd =
        openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, "create %s", beside);
    ssize_t n = write(fd, text->data, text->len);
    if (n >= 0 && (size_t)n < text->len)
        errno = ENOSPC;
    if (n != (ssize_t)text->len || (group && fchown(fd, (uid_t)-1, group->gr_gid) < 0) ||
        fchmod(fd, 0640) < 0 || renameat(folder, beside, folder, "facts.json") < 0) {
        rc = err_errno(err, "write %s", beside);
        unlinkat(folder, beside, 0);
    }
    return rc;
}

int facts_write(const char *root, const char *run, struct err *err)
{
    autofree char *path = text_format("%s/sys/class/dmi/id/product_serial", root);
    autobuf serial = {0}, text = {0};
    autoclose int folder = -1;
    if (!path)
        return err_memory(err);
    /* Many machines have no such file: arm64 boards, containers. */
    if (fs_read(AT_FDCWD, path, 4096, &serial, NULL) < 0)
        buf_clear(&serial);
    int rc = facts_print(buf_text(&serial), &text, err);
    if (rc == 0)
        rc = fs_open_dir(AT_FDCWD, run, 0755, true, &folder, err);
    if (rc == 0 && (rc = replace_for_group(folder, &text, err)) < 0)
        err_context(err, "%s", run);
    return rc;
}
