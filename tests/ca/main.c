/* scep-ca: the test CA as a program, for system tests. Prints its URL once it serves, and ends at
 * SIGTERM. */
#include "tests/ca/http.h"

#include "base/fs.h"

#include <fcntl.h>
#include <getopt.h>
#include <openssl/provider.h>
#include <signal.h>

static const char usage[] =
    "usage: scep-ca [--challenge TEXT] [--behave RULE]... [--behave-file FILE] [--ca-file FILE]\n"
    "               [--log FILE] [--port N]\n"
    "\n"
    "A SCEP CA on 127.0.0.1 with a fresh root, well or badly behaved. Prints its URL.\n"
    "  --challenge TEXT    first requests must have it\n"
    "  --behave RULE       one of the rules of tests/ca/behave.c, such as html, pending:2, "
    "pki/500\n"
    "  --behave-file FILE  more rules, separated by blanks, read anew for every request\n"
    "  --ca-file FILE      where to write the root, as PEM\n"
    "  --log FILE          gets a line for every request\n"
    "  --port N            0, the default, is any that is free\n";

struct options {
    const char *challenge, *rules_file, *ca_file, *log;
    struct strings rules;
    int64_t port;
};

static bool parse(int argc, char **argv, struct options *ret)
{
    static const struct option options[] = {
        {"challenge", required_argument, NULL, 'c'},
        {"behave", required_argument, NULL, 'b'},
        {"behave-file", required_argument, NULL, 'f'},
        {"ca-file", required_argument, NULL, 'a'},
        {"log", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'c':
            ret->challenge = optarg;
            break;
        case 'b':
            if (strings_add(&ret->rules, optarg, NULL) < 0)
                return false;
            break;
        case 'f':
            ret->rules_file = optarg;
            break;
        case 'a':
            ret->ca_file = optarg;
            break;
        case 'l':
            ret->log = optarg;
            break;
        case 'p':
            if (!text_number(optarg, 0, 65535, &ret->port))
                return false;
            break;
        default:
            return false;
        }
    return optind == argc;
}

/* Whole or not at all, so that who waits for the file never reads half of it. */
static bool write_root(const struct ca *ca, const char *path)
{
    autobuf pem = {0};
    autofree char *temporary = text_format("%s.new", path);
    return temporary && certificate_to_pem(ca_certificate(ca), &pem, NULL) == 0 &&
           (unlink(temporary), true) &&
           fs_create(AT_FDCWD, temporary, 0644, pem.data, pem.len, NULL) == 0 &&
           rename(temporary, path) == 0;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    if (!parse(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);

    /* Go's scepclient encrypts with single DES, which a client of ours never does. */
    if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_load(NULL, "legacy"))
        fputs("scep-ca: no legacy provider: requests in DES cannot be read\n", stderr);

    struct http http = {.ca = ca_new(options.challenge),
                        .rules = &options.rules,
                        .rules_file = options.rules_file,
                        .log = options.log ? fopen(options.log, "ae") : NULL};
    for (size_t i = 0; i < options.rules.n; i++)
        if (!ca_behave(http.ca, options.rules.v[i])) {
            fprintf(stderr, "scep-ca: no such rule: %s\n", options.rules.v[i]);
            return 2;
        }
    if ((options.log && !http.log) || (options.ca_file && !write_root(http.ca, options.ca_file))) {
        fprintf(stderr, "scep-ca: cannot write: %m\n");
        return 1;
    }
    unsigned port = http_start(&http, (unsigned)options.port);
    if (!port) {
        fprintf(stderr, "scep-ca: cannot listen\n");
        return 1;
    }
    printf("http://127.0.0.1:%u/scep\n", port);
    fflush(stdout);
    int got;
    sigwait(&signals, &got);
    _exit(0); /* connections that hang on purpose need no farewell */
}
