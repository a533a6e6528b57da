/* signet-agent: decides what is due, makes keys, speaks SCEP (through signet-fetch), writes the
 * store. */
#include "agent/clockwork.h"
#include "agent/cycle.h"
#include "agent/serve.h"
#include "agent/sources.h"
#include "agent/transport.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/nss.h"
#include "base/proc.h"
#include "store/key.h"
#include "store/tpm.h"
#include "store/tpm_pace.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Every user of a busy machine may sign in at once; a request holds its process for some seconds at
 * most. */
#define CONNECTIONS_MAX         512
#define CONNECTIONS_MAX_PER_UID 16

static const char help[] =
    "Usage: signet-agent [OPTION...]\n"
    "Requests, stores and renews the certificates that the profiles of this machine call for.\n"
    "\n"
    "  --conf DIR      folder of signet.conf and conf.d (default: " SYSCONFDIR "/signet)\n"
    "  --store DIR     the store (default: " LOCALSTATEDIR "/lib/signet)\n"
    "  --run DIR       folder of the socket agent.sock (default: " RUNDIR ")\n"
    "  --listen PATH   another socket than RUN/agent.sock\n"
    "  --fetch PATH    the signet-fetch program (default: beside this program)\n"
    "  --tpm NAME      another TPM than " TPM_DEVICE ", as tpm2-tss names them\n"
    "                  (swtpm:path=/run/tpm.sock)\n"
    "  --cycle         one policy cycle in the foreground, for the device and users that have "
    "entries;\n"
    "                  the exit status is 0 when all is well, 1 when anything is not\n"
    "  --user NAME|UID with --cycle: this user too\n"
    "  --stdio         serve one connection on standard input\n"
    "  --verbose       progress in the log\n"
    "  --help, --version\n"
    "\n"
    "Started as root, it becomes the owner of the store. SIGHUP: read the profiles anew.\n";

struct options {
    const char *conf, *store, *run, *listen, *fetch, *user;
    bool cycle, stdio, verbose;
};

enum { DONE = -1 };

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"conf", required_argument, NULL, 'c'},
        {"store", required_argument, NULL, 's'},
        {"run", required_argument, NULL, 'r'},
        {"listen", required_argument, NULL, 'l'},
        {"fetch", required_argument, NULL, 'f'},
        {"cycle", no_argument, NULL, 'C'},
        {"user", required_argument, NULL, 'u'},
        {"stdio", no_argument, NULL, 'S'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"tpm", required_argument, NULL, 't'},
        {0},
    };
    const char **texts[] = {['c'] = &o->conf,   ['s'] = &o->store, ['r'] = &o->run,
                            ['l'] = &o->listen, ['f'] = &o->fetch, ['u'] = &o->user};
    bool *flags[] = {['C'] = &o->cycle, ['S'] = &o->stdio, ['v'] = &o->verbose};
    int option;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        size_t at = (size_t)option;
        if (option == 'h' || option == 'V') {
            fputs(option == 'h' ? help : PACKAGE_STRING "\n", stdout);
            return DONE;
        }
        if (option == 't')
            tpm_choose(optarg);
        else if (at < LENGTH(texts) && texts[at])
            *texts[at] = optarg;
        else if (at < LENGTH(flags) && flags[at])
            *flags[at] = true;
        else
            return 2;
    }
    if (optind < argc || (o->user && !o->cycle) || (o->cycle && o->stdio)) {
        fputs("signet-agent: see --help\n", stderr);
        return 2;
    }
    return 0;
}

/* From here on as the store's owner, for good. */
static int become_owner(const struct options *o, struct err *err)
{
    int rc = fs_make_dir(o->store, 0700, err);
    if (rc == 0)
        rc = tpm_pace_make(o->store, err);
    if (rc == 0)
        rc = proc_become_owner_of(o->store, err);
    if (rc == 0)
        rc = proc_harden(err);
    return rc;
}

/* What OpenSSL would give back piece by piece as each of our processes exits goes with it anyway.
 */
static int open_crypto(struct err *err)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    return tpm_keep_apart(err);
}

static void print_progress(void *context, const char *text)
{
    (void)context;
    log_line(LOG_DEBUG, "%s", text);
}

static bool wants_certificates(const struct profile_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->v[i].kind == PROFILE_SCEP)
            return true;
    return false;
}

/* Whoever waits for one cycle waits for signet-fetch, too: that comes up while we do. What is wrong
 * with it, the first that needs it tells. */
static int load_for_cycle(struct agent *agent, struct transport *standby, struct err *err)
{
    int rc = agent_load(agent, err);
    if (rc == 0 && wants_certificates(&agent->profiles) &&
        transport_open(agent->fetch, NULL, standby, NULL) == 0)
        agent->standby = standby;
    return rc;
}

/* --cycle: problems in conf.d are a failure too, once everything that could be done was done. */
static int cycle_once(struct agent *agent, const char *user, struct err *err)
{
    autofree struct owner *owners = NULL;
    size_t n = 0;
    int64_t next;
    struct owner extra = {0};

    if (user && nss_uid(user, &extra.uid, err) < 0)
        return err_context(err, "--user %s", user);
    int rc = cycle_owners(agent, user ? &extra : NULL, &owners, &n, err);
    if (rc < 0)
        return rc;
    const struct problems *problems = &agent->profiles.problems;
    for (size_t i = 0; i < problems->n; i++)
        log_line(LOG_ERR, "%s", problems->v[i].text);
    const struct cycle cycle = {.owners = owners,
                                .n_owners = n,
                                .mode = ENGINE_CYCLE,
                                .step_ms = CLOCKWORK_STEP_MS,
                                .anchors = true,
                                .progress = print_progress};
    /* It has told the log of each failure. */
    return cycle_run(agent, &cycle, &next, err) < 0 || problems->n ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What one connection does. Each child has the store open already and reads the profiles itself. */
static int serve(int fd, const struct ucred *peer, void *context)
{
    struct clockwork *clockwork = context;
    int64_t next = 0;
    int status = serve_connection(fd, peer, clockwork->agent, &serve_limits, &next);
    clockwork_hint(clockwork, next);
    return status;
}

/* A child that died may have switched a generation and not said so. */
static void crashed(void *context)
{
    struct err err;
    if (store_bump(&((struct clockwork *)context)->agent->store, &err) < 0)
        log_line(LOG_ERR, "%s", err.text);
}

static int serve_stdio(struct agent *agent, struct err *err)
{
    struct ucred peer;
    int64_t next;
    int rc = listen_peer(STDIN_FILENO, &peer, err);
    return rc < 0 ? rc : serve_connection(STDIN_FILENO, &peer, agent, &serve_limits, &next);
}

/* What every child would load for itself: OpenSSL's configuration and SHA-256, and the modules of
 * NSS. */
static int warm_up(struct err *err)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL))
        return openssl_error(err, ERR_RESOURCE, "SHA-256");
    candidate_user(NULL, geteuid(), &candidate, NULL);
    return 0;
}

static int serve_socket(struct agent *agent, int fd, struct err *err)
{
    struct clockwork clockwork = {
        .agent = agent, .step_ms = CLOCKWORK_STEP_MS, .report = -1, .listener = fd};
    struct listener listener = {
        .fd = fd,
        .max_children = CONNECTIONS_MAX,
        .max_per_uid = CONNECTIONS_MAX_PER_UID,
        .serve = serve,
        .crashed = crashed,
        .reload = clockwork_reload,
        .tick = clockwork_tick,
        .context = &clockwork,
    };
    crashed(&clockwork); /* whatever ran before us may have been killed */
    int rc = warm_up(err);
    if (rc < 0)
        return rc;
    if ((rc = clockwork_open(&clockwork, err)) < 0)
        return rc;
    log_line(LOG_INFO, "ready");
    return listen_run(&listener, err);
}

/* The two are installed, and built, side by side. */
static char *fetch_beside_us(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len < 0)
        return strdup(LIBEXECDIR "/signet-fetch");
    path[len] = 0;
    return text_format("%.*s/signet-fetch", (int)(strrchr(path, '/') - path), path);
}

static int run(const struct options *o, struct err *err)
{
    struct sources sources = {.root = "", .run = o->run, .timeout_ms = SOURCES_TIMEOUT_MS};
    CLEANUP(transport_close) struct transport standby = {0};
    struct agent agent = {.store = {.fd = -1}, .sources = &sources};
    autofree char *path = text_format("%s/agent.sock", o->run);
    autofree char *wrong_pins = text_format("%s/" TPM_PACE_FILE, o->run);
    autofree char *fetch = o->fetch ? strdup(o->fetch) : fetch_beside_us();
    autoclose int fd = -1;
    int rc = 0;

    if (!path || !wrong_pins || !fetch)
        return err_memory(err);
    tpm_pace_keep(wrong_pins);
    agent.conf = o->conf;
    agent.fetch = fetch;
    /* The socket first: its folder may be root's alone. */
    if (!o->cycle && !o->stdio)
        rc = listen_open(o->listen ? o->listen : path, &fd, err);
    if (rc == 0)
        rc = become_owner(o, err);
    if (rc == 0 && o->cycle)
        rc = load_for_cycle(&agent, &standby, err);
    if (rc == 0)
        rc = open_crypto(err);
    if (rc == 0)
        rc = store_open(o->store, true, &agent.store, err);
    if (rc == 0)
        rc = o->cycle   ? cycle_once(&agent, o->user, err)
             : o->stdio ? serve_stdio(&agent, err)
                        : serve_socket(&agent, fd, err);
    sources_free(&sources);
    agent_unload(&agent);
    store_close(&agent.store);
    return rc;
}

int main(int argc, char **argv)
{
    struct options options = {
        .store = LOCALSTATEDIR "/lib/signet",
        .run = RUNDIR,
    };
    struct err err = {0};

    int rc = parse(argc, argv, &options);
    if (rc != 0)
        return rc == DONE ? EXIT_SUCCESS : rc;
    umask(077);
    json_wipe_freed();
    /* Whoever runs one cycle hears of what went wrong. */
    int usual = options.cycle ? LOG_NOTICE : LOG_INFO;
    log_open("signet-agent", options.verbose ? LOG_DEBUG : usual);
    rc = run(&options, &err);
    if (rc < 0)
        log_line(LOG_ERR, "%s", err.text);
    return rc < 0 ? EXIT_FAILURE : rc;
}
