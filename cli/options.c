#include "cli/options.h"

#include "base/text.h"

#include <getopt.h>
#include <pwd.h>
#include <string.h>

enum { CONF = 256, STORE, RUN, AGENT, JSON, DEVICE, TAG, TYPE, STRICT, CSR, WHY };

static const struct option options[] = {
    {"conf", required_argument, NULL, CONF}, {"store", required_argument, NULL, STORE},
    {"run", required_argument, NULL, RUN},   {"agent", required_argument, NULL, AGENT},
    {"json", no_argument, NULL, JSON},       {"verbose", no_argument, NULL, 'v'},
    {"user", required_argument, NULL, 'u'},  {"device", no_argument, NULL, DEVICE},
    {"tag", required_argument, NULL, TAG},   {"type", required_argument, NULL, TYPE},
    {"strict", no_argument, NULL, STRICT},   {"csr", required_argument, NULL, CSR},
    {"why", no_argument, NULL, WHY},         {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},     {0},
};

const struct verb *options_verb(const struct verb *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static int take_user(struct cli *cli, const char *name, struct err *err)
{
    int64_t uid;
    const struct passwd *user = getpwnam(name);
    if (user)
        uid = user->pw_uid;
    else if (!text_number(name, 0, UINT32_MAX - 1, &uid))
        return err_set(err, ERR_CONFIG, "--user %s: no such user", name);
    if (cli->whose == WHOSE_DEVICE)
        return err_set(err, ERR_CONFIG, "--user and --device exclude each other");
    cli->whose = WHOSE_USER;
    cli->uid = (uid_t)uid;
    return 0;
}

static int take_device(struct cli *cli, struct err *err)
{
    if (cli->whose == WHOSE_USER)
        return err_set(err, ERR_CONFIG, "--user and --device exclude each other");
    cli->whose = WHOSE_DEVICE;
    return 0;
}

static int take_type(struct cli *cli, const char *type, struct err *err)
{
    if (strcmp(type, "cert") != 0 && strcmp(type, "private") != 0)
        return err_set(err, ERR_CONFIG, "--type %s: is neither cert nor private", type);
    cli->type = type;
    return 0;
}

/* `instead` becomes the verb that --help and --version stand for. */
static int take(struct cli *cli, int option, char **argv, const char **instead, struct err *err)
{
    switch (option) {
    case CONF:
        cli->conf = optarg;
        return 0;
    case STORE:
        cli->store = optarg;
        return 0;
    case RUN:
        cli->run = optarg;
        return 0;
    case AGENT:
        cli->agent = optarg;
        return 0;
    case JSON:
        cli->json = true;
        return 0;
    case 'v':
        cli->verbose = true;
        return 0;
    case 'u':
        return take_user(cli, optarg, err);
    case DEVICE:
        return take_device(cli, err);
    case TAG:
        cli->tag = optarg;
        return 0;
    case TYPE:
        return take_type(cli, optarg, err);
    case WHY:
        cli->why = true;
        return 0;
    case STRICT:
        cli->strict = true;
        return 0;
    case CSR:
        cli->csr = optarg;
        return 0;
    case 'h':
        *instead = "help";
        return 0;
    case 'V':
        *instead = "version";
        return 0;
    case ':':
        return err_set(err, ERR_CONFIG, "%s: needs a value", argv[optind - 1]);
    default:
        return err_set(err, ERR_CONFIG, "%s: no such option", argv[optind - 1]);
    }
}

static int check_fit(const struct cli *cli, const struct verb *verb, struct err *err)
{
    const struct {
        unsigned takes;
        bool given;
        const char *name;
    } optional[] = {
        {TAKES_OWNER, cli->whose != WHOSE_DEFAULT, "--user and --device"},
        {TAKES_TAG, cli->tag != NULL, "--tag"},
        {TAKES_TYPE, cli->type != NULL, "--type"},
        {TAKES_WHY, cli->why, "--why"},
        {TAKES_STRICT, cli->strict, "--strict"},
        {TAKES_CSR, cli->csr != NULL, "--csr"},
        {TAKES_PROFILE | NEEDS_PROFILE, cli->profile != NULL, "an argument"},
    };
    for (size_t i = 0; i < LENGTH(optional); i++)
        if (optional[i].given && !(verb->takes & optional[i].takes))
            return err_set(err, ERR_CONFIG, "%s: does not take %s", verb->name, optional[i].name);
    if ((verb->takes & NEEDS_PROFILE || cli->why) && !cli->profile)
        return err_set(err, ERR_CONFIG, "%s%s: of which profile?", verb->name,
                       cli->why ? " --why" : "");
    if (cli->why && cli->tag)
        return err_set(err, ERR_CONFIG, "--why is about one profile: it does not take --tag");
    if (cli->json && cli->csr && strcmp(cli->csr, "-") == 0)
        return err_set(err, ERR_CONFIG, "--json and --csr - both want standard output");
    return 0;
}

int options_parse(int argc, char **argv, const struct verb *table, struct cli *ret,
                  const struct verb **ret_verb, struct err *err)
{
    struct cli cli = {.screen = ret->screen};
    const char *instead = NULL;
    int option;

    opterr = 0;
    optind = 0; /* GNU: from the beginning, with what it remembers forgotten */
    while ((option = getopt_long(argc, argv, ":vu:hV", options, NULL)) != -1) {
        int rc = take(&cli, option, argv, &instead, err);
        if (rc < 0)
            return rc;
    }

    const char *name = optind < argc ? argv[optind++] : NULL;
    if (!name && !instead)
        return err_set(err, ERR_CONFIG, "what to do? signet help lists the verbs");
    const struct verb *verb = options_verb(table, name ? name : instead);
    if (!verb)
        return err_set(err, ERR_CONFIG, "%s: no such verb; signet help lists them", name);
    if (instead) { /* signet VERB --help is signet help VERB */
        cli = (struct cli){.screen = cli.screen, .profile = name && *instead == 'h' ? name : NULL};
        *ret = cli;
        *ret_verb = options_verb(table, instead);
        return 0;
    }
    if (optind < argc)
        cli.profile = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_CONFIG, "%s: one argument too many", argv[optind]);
    int rc = check_fit(&cli, verb, err);
    if (rc < 0)
        return rc;
    *ret = cli;
    *ret_verb = verb;
    return 0;
}
