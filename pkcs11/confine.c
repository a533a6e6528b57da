#include "pkcs11/confine.h"

#include "base/cleanup.h"
#include "base/proc.h"

#include <errno.h>
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

static const uint64_t fs_rights =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

static struct ruleset ruleset_for(long abi)
{
    struct ruleset rules = {.fs = fs_rights};
    if (abi >= 2)
        rules.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rules.fs |= FS_TRUNCATE;
    if (abi >= 4)
        rules.net = NET_BIND_TCP | NET_CONNECT_TCP;
    return rules;
}

int confine_files(bool *ret_confined, struct err *err)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0) {
        *ret_confined = false; /* ENOSYS, or EOPNOTSUPP when it is switched off */
        return 0;
    }
    struct ruleset rules = ruleset_for(abi);
    size_t size = abi >= 4 ? sizeof rules : sizeof rules.fs;
    autoclose int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return err_errno(err, "Landlock");
    *ret_confined = true;
    return 0;
}

static int pages_in_use(unsigned long *ret, struct err *err)
{
    CLEANUP(fclose_p) FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", ret) != 1)
        return err_errno(err, "/proc/self/statm");
    return 0;
}

int confine_memory(unsigned long room, struct err *err)
{
#ifdef __SANITIZE_ADDRESS__
    (void)room; /* its shadow memory fills the address space */
    (void)err;
    (void)pages_in_use;
    return 0;
#else
    unsigned long pages = 0;
    int rc = pages_in_use(&pages, err);
    return rc < 0 ? rc
                  : proc_limit_memory(pages * (unsigned long)sysconf(_SC_PAGESIZE) + room, err);
#endif
}
