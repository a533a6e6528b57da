#include "agent/landlock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

/* glibc 2.36 has no wrappers. */
static int create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, unsigned flags)
{
    return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

/* Everything that the first version of the interface knows: it denies what is handled and not
 * allowed. */
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define ALLOWED (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static int allow(int ruleset, const char *path, struct err *err)
{
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct landlock_path_beneath_attr rule = {.allowed_access = ALLOWED, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return 0;
    /* A plain file takes no folder's right. */
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return 0;
    return err_errno(err, "landlock rule for %s", path);
}

int landlock_confine(const char *const readable[], bool *ret_confined, struct err *err)
{
    const struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED};
    autoclose int ruleset = create_ruleset(&attr, sizeof attr, 0);
    if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
        *ret_confined = false;
        return 0;
    }
    if (ruleset < 0)
        return err_errno(err, "landlock");

    int rc = 0;
    for (size_t i = 0; rc == 0 && readable[i]; i++)
        rc = allow(ruleset, readable[i], err);
    if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        rc = err_errno(err, "landlock");
    if (rc == 0)
        *ret_confined = true;
    return rc;
}
