#include "tests/crash/supervise.h"

#include "base/clock.h"
#include "tests/crash/must.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MS 60000 /* a program that takes longer hangs */

struct run {
    pid_t pid;
    int pidfd, listener, input, output;
    bool gone, hung;
    int status;
    unsigned calls[2]; /* so far: the program's, its children's */
    supervise_call *supervisor;
    void *context;
};

void ended_free(struct ended *ended)
{
    buf_free(&ended->said);
}

static void send_fd(int socket, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec iov = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(socket, &message, 0) != 1)
        _exit(126);
}

static int receive_fd(int socket)
{
    int fd = -1;
    char byte, control[CMSG_SPACE(sizeof fd)];
    struct iovec iov = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    must(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message));
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

_Noreturn static void child(const struct command *command, const struct run *run, int input,
                            int handover)
{
    struct sock_filter filter[CALLS_FILTER_MAX];
    if (command->enter)
        command->enter(command->work);
    dup2(run->output, STDERR_FILENO);
    dup2(input >= 0 ? input : run->output, STDOUT_FILENO);
    if (input >= 0)
        dup2(input, STDIN_FILENO);
    if (run->supervisor) {
        struct sock_fprog program = {.len = (unsigned short)calls_filter(filter), .filter = filter};
        dup3(handover, CALLS_HANDOVER, O_CLOEXEC);
        long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        if (listener < 0)
            _exit(126);
        send_fd(CALLS_HANDOVER, (int)listener);
    }
    execv(command->argv[0], (char *const *)command->argv);
    _exit(127);
}

static void start(const struct command *command, struct run *run)
{
    int handover[2], input[2] = {-1, -1};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, handover) == 0);
    must((run->output = memfd_create("said", MFD_CLOEXEC)) >= 0);
    must(fcntl(run->output, F_SETFL, O_APPEND) == 0);
    if (command->input) {
        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) == 0);
        must(send(input[0], command->input, strlen(command->input), 0) > 0);
    }
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    must((run->pid = fork()) >= 0);
    if (run->pid == 0)
        child(command, run, input[1], handover[1]);
    close(handover[1]);
    close_p(&input[1]);
    run->input = input[0];
    run->listener = run->supervisor ? receive_fd(handover[0]) : -1;
    close(handover[0]);
    must((run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0)) >= 0);
}

int call_fd(const struct call *call)
{
    autoclose int pidfd = (int)syscall(SYS_pidfd_open, call->pid, 0);
    return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, (int)call->arguments[0], 0);
}

static struct call call_of(struct run *run, const struct seccomp_notif *asked)
{
    struct call call = {.writing = calls_find(asked->data.nr),
                        .child = (pid_t)asked->pid != run->pid,
                        .pid = (pid_t)asked->pid};
    must(call.writing);
    for (size_t i = 0; i < LENGTH(call.arguments); i++)
        call.arguments[i] = asked->data.args[i];
    call.number = ++run->calls[call.child];
    call.faults = call.writing->faults;
    call.on_disk = call.writing->kind != CALL_SEND;
    if (call.writing->kind == CALL_DATA) {
        struct stat st = {0};
        autoclose int fd = call_fd(&call);
        call.on_disk = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                       call.arguments[0] != STDERR_FILENO;
        if (call.arguments[0] == STDERR_FILENO) /* its last word; who would be told of an error? */
            call.faults &= F_KILL;
        else if (!call.on_disk)
            call.faults = CALLS_SEND;
    }
    if (call.child)
        call.faults |= call.faults & F_KILL ? F_KILL_ALL : 0;
    else
        call.faults &= ~(unsigned)F_KILL_ALL;
    return call;
}

/* Does half of it in its place; the length as it would return it. */
static int64_t write_half(const struct call *call)
{
    static char data[1 << 20];
    size_t half = call->arguments[2] / 2 < sizeof data ? call->arguments[2] / 2 : sizeof data;
    const struct iovec here = {data, half}, there = {(void *)call->arguments[1], half};
    autoclose int fd = call_fd(call);
    must(fd >= 0 && process_vm_readv(call->pid, &here, 1, &there, 1, 0) == (ssize_t)half);
    if (call->writing->number == SYS_pwrite64)
        return pwrite(fd, data, half, (off_t)call->arguments[3]);
    if (call->writing->kind == CALL_SEND)
        return send(fd, data, half, MSG_NOSIGNAL);
    return write(fd, data, half);
}

/* A connection that was reset is gone for both its ends. (A pipe stays as it is.) */
static void reset(const struct call *call)
{
    autoclose int fd = call_fd(call);
    must(fd >= 0 && (shutdown(fd, SHUT_RDWR) == 0 || errno == ENOTSOCK || errno == ENOTCONN));
}

static void answer(struct run *run, const struct seccomp_notif *asked)
{
    const struct call call = call_of(run, asked);
    struct seccomp_notif_resp response = {.id = asked->id,
                                          .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    const struct fault *fault = run->supervisor(run->context, &call);
    bool short_one = fault && fault->what == BEFALL_SHORT && call.arguments[2] > 1;
    if (fault && fault->what == BEFALL_KILL_ALL)
        kill(run->pid, SIGKILL);
    if (fault && (fault->what == BEFALL_KILL || fault->what == BEFALL_KILL_ALL)) {
        kill(call.pid, SIGKILL);
        return;
    }
    if (fault && fault->number == ECONNRESET)
        reset(&call);
    if (short_one || (fault && fault->what == BEFALL_ERROR)) {
        response.flags = 0;
        response.val = short_one ? write_half(&call) : 0;
        response.error = short_one ? 0 : -fault->number;
    }
    /* Gone meanwhile: killed by another. */
    must(ioctl(run->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno == ENOENT);
}

static void reap(struct run *run)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        if (pid == run->pid) {
            run->status = status;
            run->gone = true;
        }
}

/* Until nobody is left who could ask. */
static void attend(struct run *run)
{
    deadline until = deadline_in(RUN_MS);
    bool all_gone = false;
    while (!run->gone || !all_gone) {
        struct pollfd fds[] = {{.fd = run->listener, .events = POLLIN},
                               {.fd = run->gone ? -1 : run->pidfd, .events = POLLIN}};
        int n = poll(fds, LENGTH(fds), run->gone ? 1 : deadline_left(until));
        struct seccomp_notif asked = {0};
        must(n >= 0);
        if (deadline_left(until) == 0) {
            must(!run->gone && !run->hung); /* it is not the program, or does not even die */
            run->hung = true;
            until = deadline_in(RUN_MS);
            must(kill(run->pid, SIGKILL) == 0);
        }
        if (fds[0].revents & POLLIN && ioctl(run->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0)
            answer(run, &asked);
        if (fds[1].revents || run->gone)
            reap(run);
        all_gone = run->listener < 0 || fds[0].revents & POLLHUP;
    }
}

static void take(int fd, bool is_socket, struct buf *ret)
{
    for (;;) {
        must(buf_reserve(ret, 4096, NULL) == 0);
        ssize_t n = is_socket ? recv(fd, ret->data + ret->len, 4096, MSG_DONTWAIT)
                              : pread(fd, ret->data + ret->len, 4096, (off_t)ret->len);
        if (n <= 0)
            break;
        ret->len += (size_t)n;
    }
    ret->data[ret->len] = 0;
}

void supervise(const struct command *command, supervise_call *supervisor, void *context,
               struct ended *ret)
{
    struct run run = {.supervisor = supervisor, .context = context};
    start(command, &run);
    attend(&run);
    *ret = (struct ended){.status = run.status, .hung = run.hung};
    take(run.output, false, &ret->said);
    if (run.input >= 0)
        take(run.input, true, &ret->said);
    close_p(&run.input);
    close_p(&run.listener);
    close(run.output);
    close(run.pidfd);
}
