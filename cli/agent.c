#include "cli/agent.h"

#include "base/io.h"
#include "base/text.h"
#include "cli/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Everybody's certificates, on a machine with thousands of users. */
#define LINE_MAX_BYTES (32u * 1024 * 1024)
/* Key generation, a list of servers each with its time-out, and a queue before the entry's lock. */
#define PATIENCE_MS (30 * 60 * 1000)

static bool is_result(const json_t *line)
{
    const char *result = json_text(line, "result", NULL);
    return result && (strcmp(result, "ok") == 0 || strcmp(result, "error") == 0);
}

static void end_lines(struct io_lines *lines)
{
    buf_free(&lines->buffer);
}

int agent_talk(int fd, const json_t *request, deadline until,
               void (*show)(void *context, const char *text), void *context, json_t **ret_result,
               struct err *err)
{
    autobuf text = {0};
    int rc = json_print(request, &text, err);
    if (rc == 0)
        rc = buf_add_text(&text, "\n", err);
    if (rc == 0)
        rc = io_write(fd, text.data, text.len, until, err);

    CLEANUP(end_lines) struct io_lines lines = {.fd = fd, .max = LINE_MAX_BYTES};
    while (rc == 0) {
        autojson *answer = NULL;
        rc = io_line(&lines, until, &text, err);
        if (rc < 0)
            return err_context(err, "agent");
        if (rc == 0)
            return err_set(err, ERR_RETRY, "agent: ended without a result");
        rc = json_parse(buf_text(&text), text.len, "agent", &answer, err);
        if (rc < 0)
            return err_set(err, ERR_BUG, "agent: an answer that is not of its protocol");
        if (is_result(answer)) {
            *ret_result = steal(&answer);
            return 0;
        }
        const char *step = json_text(answer, "progress", NULL);
        if (!step)
            return err_set(err, ERR_BUG, "agent: an answer that is not of its protocol");
        if (show)
            show(context, step);
    }
    return rc;
}

int agent_outcome(const json_t *result, struct err *err)
{
    if (strcmp(json_text(result, "result", ""), "ok") == 0)
        return 0;
    enum err_class class = err_class_named(json_text(result, "class", ""));
    /* A hostile server's words may be in the message. */
    autobuf plain = {0};
    int rc = plain_add(json_text(result, "message", "failed, with no reason"), true, &plain, err);
    return rc < 0 ? rc : err_set(err, class ? class : ERR_BUG, "%s", buf_text(&plain));
}

/* In the child: standard input becomes the connection; what the agent logs is for -v. */
static void become_agent(const struct cli *cli, const char *program, int fd)
{
    char *argv[9] = {(char *)program, "--stdio"};
    const struct {
        char *option;
        const char *value;
    } paths[] = {{"--conf", cli->conf}, {"--store", cli->store}, {"--run", cli->run}};
    size_t n = 2;
    for (size_t i = 0; i < LENGTH(paths); i++) {
        if (paths[i].value) {
            argv[n++] = paths[i].option;
            argv[n++] = (char *)paths[i].value;
        }
    }

    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ready = fd == STDIN_FILENO ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, STDIN_FILENO) == 0;
    ready = ready && dup2(nowhere, STDOUT_FILENO) == STDOUT_FILENO;
    if (!cli->verbose)
        ready = ready && dup2(nowhere, STDERR_FILENO) == STDERR_FILENO;
    if (ready)
        execv(program, argv);
    _exit(127);
}

char *agent_beside(const struct cli *cli, const char *program)
{
    const char *slash = cli->agent ? strrchr(cli->agent, '/') : NULL;
    if (!cli->agent)
        return text_format(LIBEXECDIR "/%s", program);
    return text_format("%.*s%s", slash ? (int)(slash + 1 - cli->agent) : 0, cli->agent, program);
}

static int start(const struct cli *cli, const char *program, pid_t *ret_pid, int *ret_fd,
                 struct err *err)
{
    if (access(program, X_OK) < 0)
        return err_errno(err, "no agent listens, and %s cannot be started", program);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_errno(err, "socketpair");
    autoclose int ours = pair[0];
    autoclose int theirs = pair[1];

    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, "fork");
    if (pid == 0)
        become_agent(cli, program, theirs);
    *ret_pid = pid;
    *ret_fd = steal_fd(&ours);
    return 0;
}

/* An agent of our own that went without a result left its reason in its exit status. */
static int explain(const char *program, pid_t pid, int rc, struct err *err)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return rc;
    if (rc == 0 || status == 0)
        return rc;
    if (WIFSIGNALED(status))
        return err_set(err, ERR_BUG, "%s: killed by signal %d", program, WTERMSIG(status));
    return err_set(err, ERR_RETRY, "%s: ended with status %d and no result (-v shows what it says)",
                   program, WEXITSTATUS(status));
}

static void show_step(void *context, const char *text)
{
    const struct cli *cli = context;
    autobuf plain = {0};
    if (plain_add(text, cli->screen.utf8, &plain, NULL) == 0)
        fprintf(stderr, "%s\n", buf_text(&plain));
}

/* The installed store is open to root and the agent only: for others an agent of their own would be
 * of no use. */
static bool may_do_without(const struct cli *cli)
{
    return cli->store || geteuid() == 0;
}

/* Connects to the running agent or, where there is none, to one of our own; ret_pid is -1 or that
 * one's. */
static int connect_any(const struct cli *cli, const char *program, int *ret_fd, pid_t *ret_pid,
                       struct err *err)
{
    autofree char *path = text_format("%s/agent.sock", cli->run ? cli->run : RUNDIR);
    if (!path)
        return err_memory(err);
    errno = 0; /* a path that is too long sets none */
    int rc = io_connect(path, ret_fd, err);
    if (rc == 0 || (errno != ENOENT && errno != ECONNREFUSED))
        return rc;
    if (!may_do_without(cli))
        return err_set(err, ERR_CONFIG, "%s: no agent listens here; start signet-agent.socket",
                       path);
    return start(cli, program, ret_pid, ret_fd, err);
}

int agent_call(const struct cli *cli, const json_t *request, json_t **ret_result, struct err *err)
{
    const char *program = cli->agent ? cli->agent : LIBEXECDIR "/signet-agent";
    deadline until = deadline_in(PATIENCE_MS);
    autoclose int fd = -1;
    pid_t pid = -1;

    int rc = connect_any(cli, program, &fd, &pid, err);
    if (rc < 0)
        return rc;

    bool shows = cli->verbose || isatty(STDERR_FILENO);
    rc = agent_talk(fd, request, until, shows ? show_step : NULL, (void *)cli, ret_result, err);
    if (pid < 0 || deadline_left(until) == 0)
        return rc;
    close(steal_fd(&fd));
    return explain(program, pid, rc, err);
}
