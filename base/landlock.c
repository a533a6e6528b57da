#include "base/landlock.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Later than Debian 12's headers. */
#define FS_TRUNCATE     (1ULL << 14) /* ABI 3 */
#define NET_BIND_TCP    (1ULL << 0)  /* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)

struct ruleset {
    uint64_t fs, net;
};

static const uint64_t fs_changes =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

static const uint64_t fs_reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/* What is named here is denied, unless a rule allows it. */
static struct ruleset ruleset_for(long abi, bool reads, bool tcp)
{
    struct ruleset rules = {.fs = fs_changes};
    if (reads)
        rules.fs |= fs_reads;
    if (abi >= 2)
        rules.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rules.fs |= FS_TRUNCATE;
    if (abi >= 4 && !tcp)
        rules.net = NET_BIND_TCP | NET_CONNECT_TCP;
    return rules;
}

static int allow_reading(int ruleset, const char *path, struct err *err)
{
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct landlock_path_beneath_attr rule = {.allowed_access = fs_reads, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return 0;
    /* A plain file takes no folder's right. */
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return 0;
    return err_errno(err, "Landlock rule for %s", path);
}

static int allow_writing(int ruleset, const char *path, struct err *err)
{
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE,
                                              .parent_fd = fd};
    if (fd < 0 ||
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
        return 0;
    return err_errno(err, "Landlock rule for %s", path);
}

int landlock_confine(const char *const *readable, const char *const *writable, bool tcp,
                     bool *ret_confined, struct err *err)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0) {
        *ret_confined = false; /* ENOSYS, or EOPNOTSUPP when it is switched off */
        return 0;
    }
    struct ruleset rules = ruleset_for(abi, readable != NULL, tcp);
    size_t size = abi >= 4 ? sizeof rules : sizeof rules.fs;
    autoclose int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (fd < 0)
        return err_errno(err, "Landlock");
    int rc = 0;
    for (; rc == 0 && readable && *readable; readable++)
        rc = allow_reading(fd, *readable, err);
    for (; rc == 0 && writable && *writable; writable++)
        rc = allow_writing(fd, *writable, err);
    if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        rc = err_errno(err, "Landlock");
    if (rc == 0)
        *ret_confined = true;
    return rc;
}
