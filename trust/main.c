/* signet-apply: what only root may do, in one go. Believes conf.d, which is root's, and nothing of
 * the agent. */
#include "base/log.h"
#include "base/proc.h"
#include "profile/profile.h"
#include "profile/rule.h"
#include "trust/facts.h"
#include "trust/install.h"

#include <getopt.h>
#include <sys/stat.h>

struct options {
    const char *conf, *run, *root;
};

static const char usage[] =
    "Usage: signet-apply [--conf DIR] [--store DIR] [--run DIR] [--root DIR]\n"
    "Installs the trust anchors of conf.d into the system's trust store, removes those that it\n"
    "installed and that no profile names any more, and writes RUN/facts.json. Run as root.\n"
    "  --conf DIR   signet.conf and conf.d (default: the machine's)\n"
    "  --run DIR    where facts.json goes (default: " RUNDIR ")\n"
    "  --root DIR   put in front of every other path; no program is run then\n"
    "  --store DIR  taken as by every part of signet, and not looked at\n"
    "Exit status: 0 all is as the profiles want it, 1 something is not, 2 wrong usage.\n";

/* Returns -1 to go on, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *ret)
{
    static const struct option known[] = {
        {"conf", required_argument, NULL, 'c'}, {"store", required_argument, NULL, 's'},
        {"run", required_argument, NULL, 'r'},  {"root", required_argument, NULL, 'R'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'c':
            ret->conf = optarg;
            break;
        case 'r':
            ret->run = optarg;
            break;
        case 'R':
            ret->root = optarg;
            break;
        case 's':
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    return -1;
}

static void log_lines(int priority, const struct strings *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        log_line(priority, "%s", lines->v[i]);
}

static int write_facts(const struct options *options, struct err *err)
{
    autofree char *run = text_format("%s%s", options->run ? "" : options->root,
                                     options->run ? options->run : RUNDIR);
    return run ? facts_write(options->root, run, err) : err_memory(err);
}

/* Returns how many things are not as the profiles want them; negative: it could not be done at all.
 */
static int apply_anchors(const struct options *options, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(candidate_free) struct candidate candidate = {0};
    CLEANUP(platform_free) struct platform platform = {0};
    CLEANUP(install_report_free) struct install_report report = {0};
    autofree char *conf = *options->root && !options->conf
                              ? text_format("%s" SYSCONFDIR "/signet", options->root)
                              : NULL;
    int rc = profile_load(conf ? conf : options->conf, &set, err);
    if (rc == 0)
        rc = candidate_device(NULL, &candidate, err);
    if (rc == 0)
        rc = candidate_platform(options->root, *options->root, &set, &platform, err);
    if (rc < 0)
        return rc;

    candidate.platform = &platform;
    for (size_t i = 0; i < set.problems.n; i++)
        log_line(LOG_ERR, "%s", set.problems.v[i].text);
    if (!set.complete)
        log_line(LOG_WARNING, "not all profiles could be read: no trust anchor is removed");
    rc = install_anchors(options->root, &set, &candidate, &report, err);
    log_lines(LOG_NOTICE, &report.done);
    log_lines(LOG_WARNING, &report.warnings);
    log_lines(LOG_ERR, &report.problems);
    return rc < 0 ? rc : (int)(set.problems.n + report.problems.n);
}

int main(int argc, char **argv)
{
    struct options options = {.root = ""};
    int rc = parse(argc, argv, &options);
    if (rc >= 0)
        return rc;

    struct err err;
    bool well = true;
    log_open("signet-apply", LOG_INFO);
    umask(022);
    if (geteuid() != 0 && !*options.root) {
        log_line(LOG_ERR, "only root can change the system's trust store (sudo signet-apply)");
        return 1;
    }
    if (proc_harden(&err) < 0 || write_facts(&options, &err) < 0) {
        log_line(LOG_ERR, "%s", err.text);
        well = false;
    }
    rc = apply_anchors(&options, &err);
    if (rc < 0)
        log_line(LOG_ERR, "%s", err.text);
    return well && rc == 0 ? 0 : 1;
}
