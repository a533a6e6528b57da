#include "base/listen.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define SYSTEMD_FIRST_FD 3
#define CHILDREN_MAX     1280
#define PAUSE_MS         100 /* when the system is out of descriptors, memory or processes */

/* The socket is systemd's, and stays when we go: others will wait at it. */
static bool socket_stays;

static int systemd_socket(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t number;
    if (!pid || !fds || !text_number(pid, 1, INT32_MAX, &number) || number != getpid() ||
        strcmp(fds, "1") != 0)
        return -1;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC);
    socket_stays = true;
    return SYSTEMD_FIRST_FD;
}

int listen_open(const char *path, int *ret_fd, struct err *err)
{
    int given = systemd_socket();
    if (given >= 0) {
        *ret_fd = given;
        return 0;
    }
    if (!path)
        return err_set(err, ERR_CONFIG, "no socket from systemd, and no --listen PATH");

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_CONFIG, "%s: longer than a socket's path may be", path);
    strcpy(address.sun_path, path);

    autoclose int probe = -1;
    /* With a full queue it is served all the same. */
    if (io_connect(path, &probe, NULL) == 0 || errno == EAGAIN)
        return err_set(err, ERR_CONFIG, "%s: another process serves this socket", path);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);

    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        chmod(path, 0666) < 0 || listen(fd, SOMAXCONN) < 0)
        return err_errno(err, "%s", path);
    *ret_fd = steal_fd(&fd);
    return 0;
}

int listen_peer(int fd, struct ucred *ret, struct err *err)
{
    socklen_t len = sizeof *ret;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret, &len) < 0)
        return err_errno(err, "peer credentials");
    return 0;
}

struct children {
    struct {
        pid_t pid;
        uid_t uid;
    } v[CHILDREN_MAX];
    unsigned n;
    bool refused; /* said already in this burst */
};

static bool has_room(const struct listener *listener, const struct children *children, uid_t uid)
{
    unsigned same = 0, users = 0;
    for (unsigned i = 0; i < children->n; i++) {
        same += children->v[i].uid == uid;
        users += children->v[i].uid != 0;
    }
    /* Root gets in when the users have filled the house: its services serve all of them. */
    return children->n < CHILDREN_MAX &&
           (uid == 0 || (users < listener->max_children && same < listener->max_per_uid));
}

static void reap(struct listener *listener, struct children *children)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < children->n; i++)
            if (children->v[i].pid == pid)
                children->v[i] = children->v[--children->n];
        children->refused = false;
        if (WIFSIGNALED(status)) {
            if (WTERMSIG(status) == SIGALRM)
                log_line(LOG_ERR, "the process of one connection took too long and was ended");
            else
                log_line(LOG_ERR, "the process of one connection was killed by signal %d",
                         WTERMSIG(status));
            if (listener->crashed)
                listener->crashed(listener->context);
        }
    }
}

static void serve_one(struct listener *listener, struct children *children, int signals,
                      const sigset_t *unblock)
{
    autoclose int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        log_line(LOG_ERR, "accept: %s", strerror(errno));
        poll(NULL, 0, PAUSE_MS); /* the connection still waits, and would wake us at once */
        return;
    }
    struct ucred peer;
    if (listen_peer(fd, &peer, NULL) < 0)
        return;
    if (!has_room(listener, children, peer.uid)) {
        if (!children->refused)
            log_line(LOG_WARNING, "too many connections (%u), refused one of uid %u", children->n,
                     peer.uid);
        children->refused = true;
        return;
    }

    pid_t pid = fork();
    if (pid < 0) {
        log_line(LOG_ERR, "fork: %s", strerror(errno));
        poll(NULL, 0, PAUSE_MS);
        return;
    }
    if (pid == 0) {
        close(listener->fd);
        close(signals);
        sigprocmask(SIG_SETMASK, unblock, NULL);
        _exit(listener->serve(fd, &peer, listener->context));
    }
    children->v[children->n].pid = pid;
    children->v[children->n++].uid = peer.uid;
}

/* True when it is time to end. */
static bool take_signals(struct listener *listener, int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            return true;
        if (info.ssi_signo == SIGHUP && listener->reload)
            listener->reload(listener->context);
    }
    return false;
}

int listen_run(struct listener *listener, struct err *err)
{
    static struct children children; /* 8 KiB, one listener per process */
    sigset_t wanted, before;
    signal(SIGCHLD, SIG_DFL); /* ignored, as we may have inherited it, it would tell us of none */
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, &before);
    autoclose int signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return err_errno(err, "signalfd");
    if (fcntl(listener->fd, F_SETFL, O_NONBLOCK) < 0)
        return err_errno(err, "listening socket");

    for (;;) {
        struct pollfd p[2] = {{.fd = listener->fd, .events = POLLIN},
                              {.fd = signals, .events = POLLIN}};
        int timeout = listener->tick ? listener->tick(listener->context) : -1;
        if (poll(p, 2, timeout) < 0 && errno != EINTR)
            return err_errno(err, "poll");
        if (p[1].revents) {
            if (take_signals(listener, signals)) {
                /* A child that has not got round to closing its copy must not keep it open:
                 * whoever connected would wait for nobody. */
                if (!socket_stays)
                    shutdown(listener->fd, SHUT_RDWR);
                return 0;
            }
            reap(listener, &children);
        }
        if (p[0].revents)
            serve_one(listener, &children, signals, &before);
    }
}
