#include "tests/crash/calls.h"

#include "tests/crash/must.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>

const struct fault faults[N_FAULTS] = {
    {"killed", BEFALL_KILL, 0, false, false},
    {"killed with the agent", BEFALL_KILL_ALL, 0, false, false},
    {"ENOSPC", BEFALL_ERROR, ENOSPC, false, false},
    {"EDQUOT", BEFALL_ERROR, EDQUOT, false, false},
    {"EIO", BEFALL_ERROR, EIO, false, false},
    {"EROFS", BEFALL_ERROR, EROFS, false, false},
    {"EINTR", BEFALL_ERROR, EINTR, false, true},
    {"ENOBUFS", BEFALL_ERROR, ENOBUFS, false, false},
    {"ECONNRESET", BEFALL_ERROR, ECONNRESET, false, false},
    {"ENOLCK", BEFALL_ERROR, ENOLCK, false, false},
    {"a short write", BEFALL_SHORT, 0, false, true},
    {"a disk full from here on", BEFALL_ERROR, ENOSPC, true, false},
    {"a disk read-only from here on", BEFALL_ERROR, EROFS, true, false},
};

#define MAKES  (F_KILL | F_ENOSPC | F_EDQUOT | F_EIO | F_EROFS | F_FULL | F_READ_ONLY)
#define DROPS  (F_KILL | F_EIO | F_EROFS | F_READ_ONLY)
#define DATA   (F_KILL | F_ENOSPC | F_EDQUOT | F_EIO | F_EINTR | F_SHORT | F_FULL | F_READ_ONLY)
#define VECTOR (F_KILL | F_ENOSPC | F_EDQUOT | F_EIO | F_EINTR | F_FULL | F_READ_ONLY)
#define SYNCS  (F_KILL | F_ENOSPC | F_EDQUOT | F_EIO | F_FULL)
#define MODES  (F_KILL | F_ENOSPC | F_EIO | F_EROFS | F_READ_ONLY)
#define LOCKS  (F_KILL | F_EINTR | F_ENOLCK)
#define SENDS  (CALLS_SEND & ~(unsigned)F_SHORT)

/* The old calls are not there on newer machines. */
static const struct writing table[] = {
#ifdef SYS_open
    {SYS_open, "open", CALL_NAME, MAKES},
    {SYS_creat, "creat", CALL_NAME, MAKES},
    {SYS_rename, "rename", CALL_NAME, MAKES},
    {SYS_link, "link", CALL_NAME, MAKES},
    {SYS_symlink, "symlink", CALL_NAME, MAKES},
    {SYS_mkdir, "mkdir", CALL_NAME, MAKES},
    {SYS_mknod, "mknod", CALL_NAME, MAKES},
    {SYS_unlink, "unlink", CALL_NAME, DROPS},
    {SYS_rmdir, "rmdir", CALL_NAME, DROPS},
    {SYS_chmod, "chmod", CALL_NAME, MODES},
    {SYS_chown, "chown", CALL_NAME, MODES},
    {SYS_lchown, "lchown", CALL_NAME, MODES},
    {SYS_renameat, "renameat", CALL_NAME, MAKES},
#endif
    {SYS_openat, "openat", CALL_NAME, MAKES},
    {SYS_renameat2, "renameat2", CALL_NAME, MAKES},
    {SYS_linkat, "linkat", CALL_NAME, MAKES},
    {SYS_symlinkat, "symlinkat", CALL_NAME, MAKES},
    {SYS_mkdirat, "mkdirat", CALL_NAME, MAKES},
    {SYS_mknodat, "mknodat", CALL_NAME, MAKES},
    {SYS_unlinkat, "unlinkat", CALL_NAME, DROPS},
    {SYS_fchmod, "fchmod", CALL_NAME, MODES},
    {SYS_fchmodat, "fchmodat", CALL_NAME, MODES},
    {SYS_fchown, "fchown", CALL_NAME, MODES},
    {SYS_fchownat, "fchownat", CALL_NAME, MODES},
    {SYS_truncate, "truncate", CALL_NAME, MODES},
    {SYS_ftruncate, "ftruncate", CALL_NAME, MODES},
    {SYS_fallocate, "fallocate", CALL_NAME, MODES},
    {SYS_flock, "flock", CALL_NAME, LOCKS},
    {SYS_fcntl, "fcntl", CALL_NAME, LOCKS},
    {SYS_write, "write", CALL_DATA, DATA},
    {SYS_pwrite64, "pwrite", CALL_DATA, DATA},
    {SYS_writev, "writev", CALL_DATA, VECTOR},
    {SYS_pwritev, "pwritev", CALL_DATA, VECTOR},
    {SYS_sendfile, "sendfile", CALL_NAME, VECTOR},
    {SYS_copy_file_range, "copy_file_range", CALL_NAME, VECTOR},
    {SYS_fsync, "fsync", CALL_SYNC, SYNCS},
    {SYS_fdatasync, "fdatasync", CALL_SYNC, SYNCS},
    {SYS_sync, "sync", CALL_SYNC_ALL, F_KILL},
    {SYS_syncfs, "syncfs", CALL_SYNC_ALL, SYNCS},
    {SYS_sendto, "sendto", CALL_SEND, CALLS_SEND},
    {SYS_sendmsg, "sendmsg", CALL_SEND, SENDS},
    {SYS_sendmmsg, "sendmmsg", CALL_SEND, SENDS},
};

const struct writing *calls_find(int number)
{
    for (size_t i = 0; i < LENGTH(table); i++)
        if (table[i].number == number)
            return &table[i];
    return NULL;
}

struct program {
    struct sock_filter *v;
    size_t n;
};

static void add(struct program *p, struct sock_filter instruction)
{
    must(p->n < CALLS_FILTER_MAX);
    p->v[p->n++] = instruction;
}

/* Of some calls an argument says whether they write at all. */
static const struct condition {
    int call;
    unsigned argument;
    struct sock_filter asks; /* skips the next instruction where it does */
} conditions[] = {
#ifdef SYS_open
    {SYS_open, 1, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 1, 0)},
#endif
    {SYS_openat, 2, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 1, 0)},
    {SYS_fcntl, 1, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_SETLK, 1, 0)},
    {SYS_sendmsg, 0, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALLS_HANDOVER, 0, 1)},
};

static const struct condition *find_condition(int call)
{
    for (size_t i = 0; i < LENGTH(conditions); i++)
        if (conditions[i].call == call)
            return &conditions[i];
    return NULL;
}

static void load(struct program *p, size_t offset)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

size_t calls_filter(struct sock_filter filter[CALLS_FILTER_MAX])
{
    const struct sock_filter ask = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                             allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct program p = {.v = filter};
    load(&p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < LENGTH(table); i++) {
        const struct condition *condition = find_condition(table[i].number);
        add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)table[i].number,
                                             0, condition ? 4 : 1));
        if (condition) {
            load(&p, offsetof(struct seccomp_data, args) + condition->argument * sizeof(uint64_t));
            add(&p, condition->asks);
            add(&p, allow);
        }
        add(&p, ask);
    }
    add(&p, allow);
    return p.n;
}
