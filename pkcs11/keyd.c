/* signet-keyd: shows a peer the certificates that its uid may see, and signs for it. Never writes
 * the store, never uses the network. All that it writes is how many PINs were wrong. */
#include "base/cleanup.h"
#include "base/landlock.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "pkcs11/connection.h"
#include "pkcs11/warm.h"
#include "store/tpm.h"
#include "store/tpm_pace.h"

#include <getopt.h>

#define CONNECTIONS_MAX 1000
#define PER_UID_MAX     200 /* a desktop: each program that speaks TLS holds one */
/* Of a child: the longest data to sign, twice, and NSS's caches. */
#define MEMORY_ROOM (256ul << 20)
#define EXIT_USAGE  2 /* as of all our programs */

static const char help[] =
    "Usage: signet-keyd [OPTION]...\n"
    "Serves certificates and signatures to signet-pkcs11.so.\n"
    "\n"
    "  --store DIR    where the keys are (" LOCALSTATEDIR "/lib/signet); started as root, it\n"
    "                 becomes the owner of this folder\n"
    "  --run DIR      where the socket keyd.sock is made, and wrong PINs are\n"
    "                 counted (" RUNDIR ")\n"
    "  --listen PATH  the socket itself; systemd's socket comes before both\n"
    "  --tpm NAME     another TPM than " TPM_DEVICE ", as tpm2-tss names them\n"
    "                 (swtpm:path=/run/tpm.sock)\n"
    "  --conf DIR     accepted, and not used: keyd has no settings\n"
    "  --help         this text\n";

struct options {
    const char *store, *run, *listen;
    const char *wrong_pins; /* in `run` */
};

enum { OPTION_STORE = 1, OPTION_RUN, OPTION_LISTEN, OPTION_TPM, OPTION_CONF, OPTION_HELP };

static const struct option long_options[] = {
    {"store", required_argument, NULL, OPTION_STORE},
    {"run", required_argument, NULL, OPTION_RUN},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"tpm", required_argument, NULL, OPTION_TPM},
    {"conf", required_argument, NULL, OPTION_CONF},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

/* Does not return on --help and on what it does not know. */
static struct options read_options(int argc, char **argv)
{
    struct options options = {.store = LOCALSTATEDIR "/lib/signet", .run = RUNDIR};
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case OPTION_STORE:
            options.store = optarg;
            break;
        case OPTION_RUN:
            options.run = optarg;
            break;
        case OPTION_LISTEN:
            options.listen = optarg;
            break;
        case OPTION_TPM:
            tpm_choose(optarg);
            break;
        case OPTION_CONF:
            break;
        case OPTION_HELP:
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        default:
            exit(EXIT_USAGE); /* getopt_long() has said why */
        }
    }
    if (optind < argc) {
        fprintf(stderr, "signet-keyd: unexpected argument '%s'\n", argv[optind]);
        exit(EXIT_USAGE);
    }
    return options;
}

/* What is not there yet cannot be named to Landlock: its folder can. */
static const char *tpm_path(void)
{
    const struct tpm_presence presence = tpm_presence_read("");
    return !presence.device && tpm_presence_is_announced(&presence) ? "/dev" : TPM_DEVICE;
}

/* Everything that needs a right, a file or time comes before the first peer; children inherit the
 * rest. */
static int prepare(const struct options *options, int *ret_fd, struct err *err)
{
    const char *const writable[] = {tpm_path(), options->wrong_pins, NULL};
    bool confined = false;
    autofree char *in_run = text_format("%s/keyd.sock", options->run);
    if (!in_run)
        return err_memory(err);
    int rc = listen_open(options->listen ? options->listen : in_run, ret_fd, err);
    if (rc == 0)
        rc = tpm_pace_make(options->store, err);
    if (rc == 0)
        rc = proc_become_owner_of(options->store, err);
    if (rc == 0)
        rc = proc_harden(err);
    if (rc == 0)
        rc = tpm_keep_apart(err);
    if (rc == 0)
        rc = warm_up(err);
    if (rc == 0)
        rc = landlock_confine(NULL, writable, false, &confined, err);
    if (rc == 0 && !confined)
        log_line(LOG_NOTICE, "this kernel has no Landlock: going on without it");
    return rc == 0 ? proc_limit_memory(MEMORY_ROOM, err) : rc;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    struct connection_setting setting = {options.store, CONNECTION_OPERATION_MS};
    struct listener listener = {
        .fd = -1,
        .max_children = CONNECTIONS_MAX,
        .max_per_uid = PER_UID_MAX,
        .serve = connection_serve,
        .context = &setting,
    };
    struct err err;

    log_open("signet-keyd", LOG_INFO);
    autofree char *wrong_pins = text_format("%s/" TPM_PACE_FILE, options.run);
    tpm_pace_keep(options.wrong_pins = wrong_pins);
    int rc = wrong_pins ? prepare(&options, &listener.fd, &err) : err_memory(&err);
    if (rc == 0)
        rc = listen_run(&listener, &err);
    if (rc < 0)
        log_line(LOG_ERR, "%s", err.text);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
