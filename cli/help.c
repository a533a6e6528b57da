#include "base/cleanup.h"
#include "cli/options.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char *argument(const struct verb *verb)
{
    if (verb->run == help_verb)
        return "[VERB]";
    return verb->takes & NEEDS_PROFILE ? "PROFILE" : verb->takes & TAKES_PROFILE ? "[PROFILE]" : "";
}

static void help_all(void)
{
    puts("Usage: signet [OPTION...] VERB [ARGUMENT]\n\nVerbs:");
    for (const struct verb *verb = verbs; verb->name; verb++)
        printf("  %-8s %-10s %s\n", verb->name, argument(verb), verb->help);
    puts("\nOptions:\n"
         "  -u, --user NAME|UID  of this user (others than oneself: root only)\n"
         "      --device         of the machine\n"
         "      --tag TAG        only profiles with this scope tag\n"
         "      --type TYPE      uri: cert or private\n"
         "      --why            list: which line of a profile decides whom it is for\n"
         "      --strict         check: warnings are problems too\n"
         "      --csr FILE       preview: write the request too (DER; - is standard output)\n"
         "      --json           the answer as one JSON object\n"
         "  -v, --verbose        show progress and the agent's log\n"
         "      --conf DIR       profiles in DIR/conf.d, settings in DIR/signet.conf\n"
         "      --store DIR      keys and certificates\n"
         "      --run DIR        where agent.sock is\n"
         "      --agent PATH     the agent to start when none listens; beside it stands what\n"
         "                       preview runs\n"
         "  -h, --help           this\n"
         "  -V, --version        which signet this is\n\n"
         "Exit status: 0 all is well, 1 something failed and may work later, 2 wrong usage,\n"
         "3 not permitted, 4 profiles or a server's settings need a change, 5 out of resources\n"
         "or an internal error. check: 0 no problem, 1 problems found.");
}

static const struct {
    unsigned takes;
    const char *text;
} usages[] = {
    {TAKES_OWNER, "[--user NAME|UID | --device]"},
    {TAKES_WHY, "[--why]"},
    {TAKES_TAG, "[--tag TAG]"},
    {TAKES_TYPE, "[--type cert|private]"},
    {TAKES_STRICT, "[--strict]"},
    {TAKES_CSR, "[--csr FILE]"},
};

int help_verb(const struct cli *cli, struct err *err)
{
    if (!cli->profile) {
        help_all();
        return 0;
    }
    const struct verb *verb = options_verb(verbs, cli->profile);
    if (!verb) {
        err_set(err, ERR_CONFIG, "%s: no such verb; signet help lists them", cli->profile);
        fprintf(stderr, "signet: %s\n", err->text);
        return EXIT_USAGE;
    }
    printf("Usage: signet %s", verb->name);
    for (size_t i = 0; i < LENGTH(usages); i++)
        if (verb->takes & usages[i].takes)
            printf(" %s", usages[i].text);
    printf("%s%s\n\n%s\n", *argument(verb) ? " " : "", argument(verb), verb->help);
    return 0;
}

int version_verb(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    puts("signet " PACKAGE_VERSION);
    return 0;
}
