#include "cli/options.h"

#include "base/nss.h"
#include "profile/nearest.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#define ROWS_MAX  32
#define FIRST_ROW 256 /* getopt's number of row 0: past all letters */

static int exclude(struct err *err)
{
    return err_set(err, ERR_CONFIG, "--user and --device exclude each other");
}

static int take_user(struct cli *cli, const char *name, struct err *err)
{
    if (nss_uid(name, &cli->uid, err) < 0)
        return err_context(err, "--user %s", name);
    if (cli->whose == WHOSE_DEVICE)
        return exclude(err);
    cli->whose = WHOSE_USER;
    return 0;
}

static int take_device(struct cli *cli, const char *value, struct err *err)
{
    (void)value;
    if (cli->whose == WHOSE_USER)
        return exclude(err);
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

#define AT(m) .target = offsetof(struct cli, m)

const struct option_row options[] = {
    {"user", 'u', "NAME|UID", TAKES_OWNER, .take = take_user,
     .help = "of this user (others than oneself: root only)"},
    {"device", 0, NULL, TAKES_OWNER, .take = take_device, .help = "of the machine"},
    {"tag", 0, "TAG", TAKES_TAG, AT(tag), .help = "only profiles with this scope tag"},
    {"type", 0, "cert|private", TAKES_TYPE, .take = take_type, .help = "uri: only this one"},
    {"why", 0, NULL, TAKES_WHY, AT(why),
     .help = "list: which line of a profile decides whom it is for"},
    {"strict", 0, NULL, TAKES_STRICT, AT(strict), .help = "check: warnings are problems too"},
    {"csr", 0, "FILE", TAKES_CSR, AT(csr),
     .help = "preview: write the request too (DER; - is standard output)"},
    {"root", 0, "NAME", TAKES_IMPORT, AT(root),
     .help = "import: the root of profiles that name none"},
    {"challenge", 0, "SOURCE", TAKES_IMPORT, AT(challenge),
     .help = "import: their challenge, such as file:challenge"},
    {"output", 0, "PATH", TAKES_OUTPUT, AT(output),
     .help = "write to this file (import: to files below this folder) instead of printing"},
    {"force", 0, NULL, TAKES_IMPORT, AT(force), .help = "import: over files that are there, too"},
    {"json", 0, NULL, 0, AT(json), .help = "the answer as one JSON object"},
    {"verbose", 'v', NULL, 0, AT(verbose), .help = "show progress and the agent's log"},
    {"conf", 0, "DIR", 0, AT(conf), .help = "profiles in DIR/conf.d, settings in DIR/signet.conf"},
    {"store", 0, "DIR", 0, AT(store), .help = "keys and certificates"},
    {"run", 0, "DIR", 0, AT(run), .help = "where agent.sock is"},
    {"agent", 0, "PATH", 0, AT(agent),
     .help = "the agent to start when none listens; the helpers of other verbs stand beside it"},
    {"help", 'h', NULL, 0, AT(instead), .help = "this"},
    {"version", 'V', NULL, 0, AT(instead), .help = "which signet this is"},
    {0},
};
_Static_assert(LENGTH(options) <= ROWS_MAX, "ROWS_MAX");

const struct verb *options_verb(const struct verb *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

int options_unknown(const struct verb *table, const char *name, struct err *err)
{
    struct nearest nearest = {.word = name, .len = strlen(name)};
    for (; table->name; table++)
        nearest_offer(&nearest, table->name);
    return err_set(err, ERR_CONFIG, "%s: no such verb%s; signet help lists them", name,
                   nearest_hint(&nearest));
}

static int take(struct cli *cli, const struct option_row *row, struct err *err)
{
    void *target = (char *)cli + row->target;
    if (row->take)
        return row->take(cli, optarg, err);
    if (row->argument)
        *(const char **)target = optarg;
    else if (row->target == offsetof(struct cli, instead))
        *(const char **)target = row->name;
    else
        *(bool *)target = true;
    return 0;
}

/* What getopt_long() wants to see of the table. */
static void prepare(struct option ret[ROWS_MAX], char letters[2 * ROWS_MAX])
{
    *letters++ = ':';
    for (int i = 0; options[i].name; i++) {
        ret[i] = (struct option){options[i].name, options[i].argument ? required_argument : 0, NULL,
                                 FIRST_ROW + i};
        if (options[i].letter)
            *letters++ = options[i].letter;
        if (options[i].letter && options[i].argument)
            *letters++ = ':';
    }
    *letters = 0;
}

static const struct option_row *find_row(int number)
{
    for (int i = 0; options[i].name; i++)
        if (number == FIRST_ROW + i || (options[i].letter && number == options[i].letter))
            return &options[i];
    return NULL;
}

/* ret_given: a bit for each row that was given. */
static int read_options(int argc, char **argv, struct cli *cli, uint32_t *ret_given,
                        struct err *err)
{
    struct option table[ROWS_MAX] = {0};
    char letters[2 * ROWS_MAX];
    int number, rc = 0;

    prepare(table, letters);
    opterr = 0;
    optind = 0; /* GNU: from the beginning, with what it remembers forgotten */
    while (rc == 0 && (number = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        const struct option_row *row = find_row(number);
        if (!row)
            return err_set(err, ERR_CONFIG, "%s: %s", argv[optind - 1],
                           number == ':' ? "needs a value" : "no such option");
        *ret_given |= UINT32_C(1) << (row - options);
        rc = take(cli, row, err);
    }
    return rc;
}

static int check_fit(const struct cli *cli, const struct verb *verb, uint32_t given,
                     struct err *err)
{
    for (const struct option_row *row = options; row->name; row++)
        if (given >> (row - options) & 1 && row->takes & ~verb->takes)
            return err_set(err, ERR_CONFIG, "%s: does not take --%s", verb->name, row->name);
    if (cli->profile && !verb->argument)
        return err_set(err, ERR_CONFIG, "%s: does not take an argument", verb->name);
    if (!cli->profile && verb->argument && *verb->argument != '[')
        return err_set(err, ERR_CONFIG, "%s: which %s?", verb->name, verb->argument);
    if (cli->profile && !cli->second && verb->argument && strchr(verb->argument, ' '))
        return err_set(err, ERR_CONFIG, "%s: which %s?", verb->name,
                       strchr(verb->argument, ' ') + 1);
    if (!cli->profile && cli->why)
        return err_set(err, ERR_CONFIG, "%s --why: which PROFILE?", verb->name);
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
    uint32_t given = 0;
    int rc = read_options(argc, argv, &cli, &given, err);
    if (rc < 0)
        return rc;

    const char *name = optind < argc ? argv[optind++] : NULL, *instead = cli.instead;
    if (!name && !instead)
        return err_set(err, ERR_CONFIG, "what to do? signet help lists the verbs");
    const struct verb *verb = options_verb(table, name ? name : instead);
    if (!verb)
        return options_unknown(table, name, err);
    if (instead) { /* signet VERB --help is signet help VERB */
        *ret = (struct cli){.screen = cli.screen, .profile = *instead == 'h' ? name : NULL};
        *ret_verb = options_verb(table, instead);
        return 0;
    }
    if (optind < argc)
        cli.profile = argv[optind++];
    if (optind < argc && verb->argument && strchr(verb->argument, ' '))
        cli.second = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_CONFIG, "%s: one argument too many", argv[optind]);
    rc = check_fit(&cli, verb, given, err);
    if (rc < 0)
        return rc;
    *ret = cli;
    *ret_verb = verb;
    return 0;
}
