#include "base/proc.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

int proc_harden(struct err *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return err_errno(err, "harden the process");
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
    const char *name = pw ? pw->pw_name : NULL;
    gid_t gid = pw ? pw->pw_gid : st.st_gid;
    if ((name ? initgroups(name, gid) : setgroups(0, NULL)) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
        return err_errno(err, "become uid %u, the owner of %s", st.st_uid, path);
    if (setuid(0) == 0 || seteuid(0) == 0 || geteuid() != st.st_uid || getegid() != gid)
        return err_set(err, ERR_BUG, "root could be had again after giving it up");
    return 0;
}

int proc_limit_memory(size_t bytes, struct err *err)
{
    const struct rlimit limit = {bytes, bytes};
    return setrlimit(RLIMIT_AS, &limit) < 0 ? err_errno(err, "limit the address space") : 0;
}

struct child {
    pid_t pid;
    int in, out;
};

static void child_end(struct child *child)
{
    if (child->in >= 0)
        close(child->in);
    if (child->out >= 0)
        close(child->out);
    proc_end(child->pid);
}

_Noreturn static void child_exec(char *const argv[], int in, int out)
{
    char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL};
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execve(argv[0], argv, environment);
    _exit(127);
}

static int child_start(char *const argv[], struct child *child, struct err *err)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        return err_errno(err, "pipe");
    autoclose int in_read = in[0];
    child->in = in[1];
    if (pipe2(out, O_CLOEXEC) < 0)
        return err_errno(err, "pipe");
    child->out = out[0];
    autoclose int out_write = out[1];

    if (access(argv[0], X_OK) < 0)
        return err_errno(err, "%s", argv[0]);
    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, "fork");
    if (pid == 0)
        child_exec(argv, in_read, out_write);
    setpgid(pid, pid); /* both sides do it: whoever is first, the group exists before a kill */
    child->pid = pid;
    if (fcntl(child->in, F_SETFL, O_NONBLOCK) < 0 || fcntl(child->out, F_SETFL, O_NONBLOCK) < 0)
        return err_errno(err, "fcntl");
    return 0;
}

/* Feeds and drains at the same time, so that neither side can wait for the other for ever. */
static int child_talk(struct child *child, const struct buf *input, size_t max, deadline until,
                      struct buf *output, struct err *err)
{
    size_t sent = 0;
    for (;;) {
        if (child->in >= 0 && sent == input->len)
            close(steal_fd(&child->in));

        struct pollfd p[2] = {{.fd = child->out, .events = POLLIN},
                              {.fd = child->in, .events = POLLOUT}};
        int n = poll(p, 2, deadline_left(until));
        if (n == 0)
            return err_set(err, ERR_RETRY, "timed out");
        if (n < 0 && errno != EINTR)
            return err_errno(err, "poll");
        if (n < 0)
            continue;

        if (p[1].revents) {
            ssize_t done = write(child->in, input->data + sent, input->len - sent);
            if (done >= 0)
                sent += (size_t)done;
            else if (errno == EPIPE)
                sent = input->len; /* it does not read to the end: its own affair */
            else if (errno != EAGAIN && errno != EINTR)
                return err_errno(err, "write");
        }
        if (p[0].revents) {
            int rc = buf_reserve(output, 4096, err);
            if (rc < 0)
                return rc;
            ssize_t done = read(child->out, output->data + output->len, 4096);
            if (done == 0)
                return 0;
            if (done < 0 && errno != EAGAIN && errno != EINTR)
                return err_errno(err, "read");
            if (done > 0)
                output->len += (size_t)done;
            output->data[output->len] = 0;
            if (output->len > max)
                return err_set(err, ERR_RESOURCE, "more than %zu bytes of output", max);
        }
    }
}

static int child_wait(struct child *child, deadline until, int *ret_status, struct err *err)
{
    int status = 0;
    /* Its output has ended; it exits now, or it is stuck and will be killed. */
    while (waitpid(child->pid, &status, WNOHANG) == 0) {
        if (deadline_left(until) == 0)
            return err_set(err, ERR_RETRY, "timed out");
        poll(NULL, 0, 1);
    }
    child->pid = 0;
    if (WIFSIGNALED(status))
        return err_set(err, ERR_RETRY, "killed by signal %d", WTERMSIG(status));
    *ret_status = WEXITSTATUS(status);
    return 0;
}

int proc_start(char *const argv[], pid_t *ret_pid, int *ret_fd, struct err *err)
{
    int pair[2];
    if (access(argv[0], X_OK) < 0)
        return err_errno(err, "%s", argv[0]);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_errno(err, "socketpair");
    autoclose int ours = pair[0], theirs = pair[1];

    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, "fork");
    if (pid == 0)
        child_exec(argv, theirs, theirs);
    setpgid(pid, pid);
    *ret_pid = pid;
    *ret_fd = steal_fd(&ours);
    return 0;
}

void proc_end(pid_t pid)
{
    if (pid > 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

int proc_run(char *const argv[], const struct buf *input, size_t max, deadline until,
             struct buf *ret_output, int *ret_status, struct err *err)
{
    CLEANUP(child_end) struct child child = {.pid = 0, .in = -1, .out = -1};
    autobuf output = {0};
    int status = 0;

    int rc = child_start(argv, &child, err);
    if (rc == 0)
        rc = child_talk(&child, input, max, until, &output, err);
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
