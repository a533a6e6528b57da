/* signet-import: a file of another management on standard input, our sections on standard output
 * (import/result.h). It gives up what it can of its caller's rights before it looks at the first
 * byte: it is never root, opens no file, and has little memory. */
#include "base/io.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/proc.h"
#include "import/import.h"

#include <openssl/crypto.h>

#include <getopt.h>

#define MEMORY     (768u * 1024 * 1024)
#define PATIENCE_S 60

static const char *const readable[] = {
#ifdef __SANITIZE_ADDRESS__
    "/proc", /* its search for leaks */
#endif
    NULL,
};

static int confine(struct err *err)
{
    bool confined = false;
    struct err why;
    int rc = proc_harden(err);
    if (rc == 0)
        rc = proc_limit_memory(MEMORY, err);
    /* Landlock leaves the sockets of services that obey root. */
    if (rc == 0 && proc_become_nobody(&why) < 0)
        log_line(LOG_NOTICE, "signet-import keeps root's rights: %s", why.text);
    if (rc == 0)
        rc = landlock_confine(readable, NULL, false, &confined, err);
    if (rc == 0 && !confined)
        log_line(LOG_NOTICE, "this kernel has no Landlock: signet-import runs unconfined");
    return rc;
}

static bool parse(int argc, char **argv, struct import_options *ret)
{
    static const struct option options[] = {
        {"root", required_argument, NULL, 'r'},
        {"challenge", required_argument, NULL, 'c'},
        {"files", no_argument, NULL, 'f'},
        {0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'r':
            ret->root = optarg;
            break;
        case 'c':
            ret->challenge = optarg;
            break;
        case 'f':
            ret->files = true;
            break;
        default:
            return false;
        }
    return optind == argc;
}

static int import(const struct import_options *options, deadline until, struct buf *ret,
                  struct err *err)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    autobuf file = {0};
    int rc = io_read_all(STDIN_FILENO, IMPORT_FILE_MAX, until, &file, err);
    if (rc == 0)
        rc = import_document(file.data, file.len, options, &result, err);
    return rc < 0 ? rc : import_result_encode(&result, ret, err);
}

int main(int argc, char **argv)
{
    struct import_options options = {0};
    struct err err = {0};
    autobuf answer = {0};
    log_open("signet-import", LOG_INFO);
    if (!parse(argc, argv, &options)) {
        fputs("usage: signet-import [--root NAME] [--challenge SOURCE] [--files]\n", stderr);
        return 2;
    }
    /* What a machine's openssl.cnf says is not for reading other people's files. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
    deadline until = deadline_in(PATIENCE_S * 1000);
    int rc = confine(&err);
    if (rc == 0)
        rc = import(&options, until, &answer, &err);
    if (rc < 0) {
        buf_clear(&answer);
        if (import_error_encode(&err, &answer, &err) < 0)
            return 1;
    }
    if (io_write(STDOUT_FILENO, answer.data, answer.len, until, &err) < 0) {
        log_line(LOG_ERR, "%s", err.text);
        return 1;
    }
    return 0;
}
