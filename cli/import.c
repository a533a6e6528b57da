/* signet import: signet-import reads the file, confined; what it makes of it is printed or written
 * here, with the rights of the person typing. */
#include "cli/import.h"

#include "base/io.h"
#include "base/proc.h"
#include "cli/agent.h"
#include "cli/plain.h"
#include "cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ANSWER_MAX  (48u * 1024 * 1024)
#define PATIENCE_MS (10 * 60 * 1000)

static int read_input(const char *name, struct buf *ret, struct err *err)
{
    if (strcmp(name, "-") == 0) {
        int rc = io_read_all(STDIN_FILENO, IMPORT_FILE_MAX, deadline_in(PATIENCE_MS), ret, err);
        return rc < 0 ? err_context(err, "standard input") : 0;
    }
    autoclose int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT ? err_set(err, ERR_CONFIG, "%s: no such file", name)
                               : err_errno(err, "%s", name);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s: is a folder: import its files one by one", name);
    int rc = io_read_all(fd, IMPORT_FILE_MAX, deadline_in(PATIENCE_MS), ret, err);
    return rc < 0 ? err_context(err, "%s", name) : 0;
}

/* --challenge would stand before everybody's eyes, in the list of processes and in this file. */
static int check_options(const struct cli *cli, struct err *err)
{
    if (cli->challenge && strncmp(cli->challenge, "static:", 7) == 0)
        return err_set(err, ERR_DENIED,
                       "--challenge static: would show the secret to everyone: use file:NAME");
    if (cli->root && !text_is_name(cli->root))
        return err_set(err, ERR_CONFIG, "--root %s: is no name of a profile", cli->root);
    if (cli->force && !cli->output)
        return err_set(err, ERR_CONFIG, "--force is about what --output writes");
    return 0;
}

static int run_importer(const struct cli *cli, const struct buf *input, struct import_result *ret,
                        struct err *err)
{
    autofree char *program = agent_beside(cli, "signet-import");
    char *argv[7] = {program};
    size_t n = 1;
    autobuf answer = {0};
    int status = 0;
    if (!program)
        return err_memory(err);
    if (cli->root) {
        argv[n++] = "--root";
        argv[n++] = (char *)cli->root;
    }
    if (cli->challenge) {
        argv[n++] = "--challenge";
        argv[n++] = (char *)cli->challenge;
    }
    if (cli->output)
        argv[n++] = "--files";
    int rc = proc_run(argv, input, ANSWER_MAX, deadline_in(PATIENCE_MS), &answer, &status, err);
    if (rc == 0 && status != 0)
        rc = err_set(err, ERR_BUG, "%s: ended with status %d", program, status);
    return rc < 0 ? rc : import_result_decode(&answer, ret, err);
}

/* On standard error, so that standard output is a file for conf.d. */
static int print_lines(const struct cli *cli, const struct import_result *result, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < result->n; i++) {
        const struct import_item *item = &result->v[i];
        autobuf plain = {0};
        if (item->kind != IMPORT_NOTE && item->kind != IMPORT_FAULT)
            continue;
        rc = plain_add(buf_text(&item->data), cli->screen.utf8, &plain, err);
        if (rc == 0)
            fprintf(stderr, "%s%s\n", item->kind == IMPORT_FAULT ? "left out: " : "",
                    buf_text(&plain));
    }
    return rc;
}

static void print_sections(const struct import_result *result)
{
    bool first = true;
    for (size_t i = 0; i < result->n; i++)
        if (result->v[i].kind == IMPORT_CONF) {
            printf("%s%s", first ? "" : "\n", buf_text(&result->v[i].data));
            first = false;
        }
}

static int write_files(const struct cli *cli, const struct import_result *result, struct err *err)
{
    int rc = import_write(result, cli->output, cli->force, err);
    for (size_t i = 0; rc == 0 && i < result->n; i++) {
        autofree char *path = import_path(&result->v[i]);
        if (path)
            printf("%s/%s\n", cli->output, path);
    }
    return rc;
}

int import_verb(const struct cli *cli, struct err *err)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    autobuf input = {0};
    int rc = check_options(cli, err);
    if (rc == 0)
        rc = read_input(cli->profile, &input, err);
    if (rc < 0)
        return rc;
    rc = run_importer(cli, &input, &result, err);
    if (rc < 0)
        return err_context(err, "%s", cli->profile);
    rc = print_lines(cli, &result, err);
    if (rc == 0 && cli->output && import_result_count(&result, IMPORT_CONF) > 0)
        rc = write_files(cli, &result, err);
    else if (rc == 0)
        print_sections(&result);
    if (rc < 0)
        return rc;
    if (import_result_count(&result, IMPORT_FAULT) > 0)
        return EXIT_PROBLEMS;
    return import_result_count(&result, IMPORT_CONF) > 0
               ? 0
               : err_set(err, ERR_CONFIG, "%s: nothing in it can become a profile", cli->profile);
}
