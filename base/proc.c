#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#define NOBODY 65534 /* the kernel's overflowuid, which owns nothing */

/* Whoever starts us by hand has an environment that is not meant for us. */
static void forget_settings_of_libraries(void)
{
    static const char *const names[] = {
        "OPENSSL_CONF",     "OPENSSL_CONF_INCLUDE",    "OPENSSL_ENGINES", "OPENSSL_MODULES",
        "TPM2OPENSSL_TCTI", "TPM2OPENSSL_PARENT_AUTH", "TSS2_LOG",        "TSS2_LOGFILE",
        "SSLKEYLOGFILE", /* libcurl writes the keys of its connections there */
    };
    for (size_t i = 0; i < LENGTH(names); i++)
        unsetenv(names[i]);
}

int proc_harden(struct err *err)
{
    const struct rlimit none = {0, 0};
    unsigned long dumpable = 0;
#ifdef __SANITIZE_ADDRESS__
    dumpable = 1; /* it looks for leaks by tracing the process */
#endif
    forget_settings_of_libraries();
    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return err_errno(err, "harden the process");
    return 0;
}

/* For good. NAME, whose groups are taken too, may be NULL. */
static int become(const char *name, uid_t uid, gid_t gid, struct err *err)
{
    if ((name ? initgroups(name, gid) : setgroups(0, NULL)) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return err_errno(err, "become uid %u", uid);
    if (setuid(0) == 0 || seteuid(0) == 0 || geteuid() != uid || getegid() != gid)
        return err_set(err, ERR_BUG, "root could be had again after giving it up");
    return 0;
}

int proc_become_owner_of(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_errno(err, "%s", path);
    if (geteuid() != 0 || st.st_uid == 0)
        return 0;

    const struct passwd *pw = getpwuid(st.st_uid);
    int rc = become(pw ? pw->pw_name : NULL, st.st_uid, pw ? pw->pw_gid : st.st_gid, err);
    return rc < 0 ? err_context(err, "the owner of %s", path) : 0;
}

int proc_become_nobody(struct err *err)
{
    return geteuid() == 0 ? become(NULL, NOBODY, NOBODY, err) : 0;
}

void proc_end_after(int64_t ms)
{
    const struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &alarm, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

int proc_try(void (*work)(void), deadline until, bool *ret_ends, struct err *err)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return err_errno(err, "pipe");
    autoclose int ours = pair[0], theirs = pair[1];
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        return err_errno(err, "fork");
    if (pid == 0) {
        close(ours);
        /* Whoever ends us by a deadline of its own ends this too. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent)
            work();
        _exit(EXIT_SUCCESS);
    }
    close(steal_fd(&theirs));
    struct pollfd p = {.fd = ours, .events = POLLIN}; /* its end hangs up with it */
    int n;
    while ((n = poll(&p, 1, deadline_left(until))) < 0 && errno == EINTR)
        continue;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *ret_ends = n > 0;
    return 0;
}

static int pages_in_use(unsigned long *ret, struct err *err)
{
    CLEANUP(fclose_p) FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", ret) != 1)
        return err_errno(err, "/proc/self/statm");
    return 0;
}

int proc_limit_memory(size_t room, struct err *err)
{
    unsigned long pages = 0;
    int rc = pages_in_use(&pages, err);
    if (rc < 0)
        return rc;
    rlim_t bytes = pages * (rlim_t)sysconf(_SC_PAGESIZE) + room;
#ifdef __SANITIZE_ADDRESS__
    bytes = RLIM_INFINITY; /* its shadow memory fills the address space */
#endif
    const struct rlimit limit = {bytes, bytes};
    return setrlimit(RLIMIT_AS, &limit) < 0 ? err_errno(err, "limit the address space") : 0;
}

/* What the new process has of ours: standard error and nothing else, whatever we were started with.
 */
static int spawn(char *const argv[], const char *setting, int socket,
                 posix_spawn_file_actions_t *files, posix_spawnattr_t *how, pid_t *ret)
{
    char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                                 (char *)setting, NULL};
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    int rc = posix_spawn_file_actions_adddup2(files, socket, STDIN_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(files, socket, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    posix_spawnattr_setpgroup(how, 0);
    posix_spawnattr_setsigmask(how, &none);
    posix_spawnattr_setsigdefault(how, &usual);
    posix_spawnattr_setflags(how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                      POSIX_SPAWN_SETSIGDEF);
    return rc ? rc : posix_spawn(ret, argv[0], files, how, argv, environment);
}

int proc_start(char *const argv[], const char *setting, pid_t *ret_pid, int *ret_fd,
               struct err *err)
{
    int pair[2];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_errno(err, "socketpair");
    autoclose int ours = pair[0], theirs = pair[1];

    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    errno = spawn(argv, setting, theirs, &files, &how, ret_pid);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (errno)
        return err_errno(err, "%s", argv[0]);
    *ret_fd = steal_fd(&ours);
    return 0;
}

void proc_kill(pid_t pid)
{
    if (pid > 0)
        kill(-pid, SIGKILL);
}

void proc_end(pid_t pid)
{
    proc_kill(pid);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

struct child {
    pid_t pid;
    int fd;
};

static void child_end(struct child *child)
{
    close_p(&child->fd);
    proc_end(child->pid);
}

/* Sends what the socket takes now; ends our side after the last byte. */
static int feed(int fd, const struct buf *input, size_t *sent, struct err *err)
{
    ssize_t n = send(fd, input->data + *sent, input->len - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
        *sent += (size_t)n;
    else if (errno == EPIPE || errno == ECONNRESET)
        *sent = input->len; /* it does not read to the end: its own affair */
    else if (errno != EAGAIN && errno != EINTR)
        return err_errno(err, "write");
    if (*sent == input->len)
        shutdown(fd, SHUT_WR);
    return 0;
}

/* Feeds and drains at the same time, so that neither side can wait for the other for ever. */
static int child_talk(int fd, const struct buf *input, size_t max, deadline until,
                      struct buf *output, struct err *err)
{
    size_t sent = 0;
    int rc = input->len == 0 ? feed(fd, input, &sent, err) : 0;

    while (rc == 0) {
        short events = sent < input->len ? POLLIN | POLLOUT : POLLIN;
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, deadline_left(until));
        if (n == 0)
            return err_set(err, ERR_RETRY, "timed out");
        if (n < 0 && errno != EINTR)
            return err_errno(err, "poll");
        if (n > 0 && sent < input->len && p.revents & (POLLOUT | POLLHUP | POLLERR))
            rc = feed(fd, input, &sent, err);
        if (rc < 0 || n < 0 || !(p.revents & ~POLLOUT))
            continue;

        rc = buf_reserve(output, 4096, err);
        if (rc < 0)
            return rc;
        ssize_t got = recv(fd, output->data + output->len, 4096, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return err_errno(err, "read");
        output->len += got > 0 ? (size_t)got : 0;
        output->data[output->len] = 0;
        if (output->len > max)
            return err_set(err, ERR_RESOURCE, "more than %zu bytes of output", max);
    }
    return rc;
}

static int child_wait(struct child *child, deadline until, int *ret_status, struct err *err)
{
    int status;
    pid_t ended;
    /* Its output has ended; it exits now, or it is stuck and will be killed. */
    while ((ended = waitpid(child->pid, &status, WNOHANG)) == 0) {
        if (deadline_left(until) == 0)
            return err_set(err, ERR_RETRY, "timed out");
        poll(NULL, 0, 1);
    }
    child->pid = 0;
    if (ended < 0)
        return err_errno(err, "its exit status");
    if (WIFSIGNALED(status))
        return err_set(err, ERR_RETRY, "killed by signal %d", WTERMSIG(status));
    *ret_status = WEXITSTATUS(status);
    return 0;
}

int proc_run(char *const argv[], const struct buf *input, size_t max, deadline until,
             struct buf *ret_output, int *ret_status, struct err *err)
{
    CLEANUP(child_end) struct child child = {.fd = -1};
    autobuf output = {0};
    int status = 0;

    int rc = proc_start(argv, NULL, &child.pid, &child.fd, err);
    if (rc < 0)
        return rc;
    rc = child_talk(child.fd, input, max, until, &output, err);
    if (rc == 0)
        rc = child_wait(&child, until, &status, err);
    if (rc < 0)
        return err_context(err, "%s", argv[0]);
    buf_free(ret_output);
    *ret_output = output;
    output = (struct buf){0};
    *ret_status = status;
    return 0;
}
