#include "base/io.h"
#include "base/text.h"
#include "cli/agent.h"
#include "cli/entries.h"
#include "cli/preview_text.h"
#include "cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define ANSWER_MAX (1024u * 1024)
/* Services that do not answer, each with its time-out, and a large key. */
#define PATIENCE_MS (120 * 1000)
#define ARGS_MAX    12

static void fill(const struct cli *cli, char *program, char *uid, char **argv)
{
    const struct {
        char *option;
        const char *value;
    } options[] = {{"--conf", cli->conf},
                   {"--run", cli->run},
                   {"--csr", cli->csr},
                   {"--user", cli->whose == WHOSE_USER ? uid : NULL}};
    *argv++ = program;
    for (size_t i = 0; i < LENGTH(options); i++)
        if (options[i].value) {
            *argv++ = options[i].option;
            *argv++ = (char *)options[i].value;
        }
    if (cli->whose == WHOSE_DEVICE)
        *argv++ = "--device";
    *argv++ = "--";
    *argv++ = (char *)cli->profile;
    *argv = NULL;
}

/* Its standard output becomes a pipe, of which ret_fd is our end; the rest is as it is for us. */
static int start(char *const argv[], pid_t *ret_pid, int *ret_fd, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_errno(err, "pipe");
    autoclose int ours = ends[0];
    autoclose int theirs = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, "fork");
    if (pid == 0) {
        fcntl(theirs, F_SETFL, 0);
        if (dup2(theirs, STDOUT_FILENO) == STDOUT_FILENO)
            execv(argv[0], argv);
        _exit(127);
    }
    *ret_pid = pid;
    *ret_fd = steal_fd(&ours);
    return 0;
}

static int wait_for(const char *program, pid_t pid, struct err *err)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_errno(err, "wait for %s", program);
    if (WIFSIGNALED(status))
        return err_set(err, ERR_BUG, "%s: killed by signal %d", program, WTERMSIG(status));
    return 0;
}

static int run(char *const argv[], json_t **ret, struct err *err)
{
    autobuf answer = {0};
    autoclose int fd = -1;
    pid_t pid = -1;
    int rc = start(argv, &pid, &fd, err);
    if (rc < 0)
        return rc;
    rc = io_read_all(fd, ANSWER_MAX, deadline_in(PATIENCE_MS), &answer, err);
    if (rc < 0)
        kill(pid, SIGTERM);
    close(steal_fd(&fd));
    int waited = wait_for(argv[0], pid, rc < 0 ? NULL : err);
    if (rc < 0 || waited < 0)
        return rc < 0 ? err_context(err, "%s", argv[0]) : waited;
    rc = json_parse(buf_text(&answer), answer.len, argv[0], ret, NULL);
    return rc < 0 ? err_set(err, ERR_BUG, "%s: an answer that is no preview", argv[0]) : 0;
}

static int show(const struct cli *cli, const json_t *preview, struct err *err)
{
    autobuf text = {0};
    if (cli->json)
        return entries_print_json(preview, err);
    int rc = preview_text(preview, &cli->screen, &text, err);
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}

int preview_verb(const struct cli *cli, struct err *err)
{
    autofree char *program = agent_beside(cli, "signet-preview");
    autojson *preview = NULL;
    char *argv[ARGS_MAX], uid[16];
    if (!program)
        return err_memory(err);
    snprintf(uid, sizeof uid, "%u", cli->uid);
    fill(cli, program, uid, argv);
    if (access(program, X_OK) < 0)
        return err_errno(err, "%s cannot be started", program);

    /* With standard output for the request alone there is nothing for us to show. */
    if (cli->csr && strcmp(cli->csr, "-") == 0) {
        execv(program, argv);
        return err_errno(err, "%s", program);
    }
    int rc = run(argv, &preview, err);
    if (rc == 0)
        rc = show(cli, preview, err);
    return rc < 0 ? rc : agent_outcome(preview, err);
}
