#include "cli/options.h"
#include "cli/verbs.h"

#include <stdio.h>

static void print_option(const struct option_row *row)
{
    char text[64], letter[] = {'-', row->letter, ',', 0};
    snprintf(text, sizeof text, "%3s --%s%s%s", row->letter ? letter : "", row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    printf("  %-23s %s\n", text, row->help);
}

static void help_all(void)
{
    puts("Usage: signet [OPTION...] VERB [ARGUMENT]\n\nVerbs:");
    for (const struct verb *verb = verbs; verb->name; verb++)
        printf("  %-8s %-14s %s\n", verb->name, verb->argument ? verb->argument : "", verb->help);
    puts("\nOptions:");
    for (const struct option_row *row = options; row->name; row++)
        print_option(row);
    puts("\nExit status: 0 all is well, 1 something failed and may work later, 2 wrong usage,\n"
         "3 not permitted, 4 profiles or a server's settings need a change, 5 out of resources\n"
         "or an internal error. check: 0 no problem, 1 problems found.\n"
         "import: 1 a profile was left out.");
}

static void help_one(const struct verb *verb)
{
    printf("Usage: signet %s", verb->name);
    for (const struct option_row *row = options; row->name; row++)
        if (row->takes & verb->takes)
            printf(" [--%s%s%s]", row->name, row->argument ? " " : "",
                   row->argument ? row->argument : "");
    printf("%s%s\n\n%s\n", verb->argument ? " " : "", verb->argument ? verb->argument : "",
           verb->help);
}

int help_verb(const struct cli *cli, struct err *err)
{
    const struct verb *verb = cli->profile ? options_verb(verbs, cli->profile) : NULL;
    if (cli->profile && !verb) {
        options_unknown(verbs, cli->profile, err);
        fprintf(stderr, "signet: %s\n", err->text);
        return EXIT_USAGE;
    }
    if (verb)
        help_one(verb);
    else
        help_all();
    return 0;
}

int version_verb(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    puts("signet " PACKAGE_VERSION);
    return 0;
}
