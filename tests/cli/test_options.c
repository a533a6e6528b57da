#include "cli/options.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

static int nothing(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    return 0;
}

static const struct verb table[] = {
    {"status", nothing, "[PROFILE]", TAKES_OWNER | TAKES_TAG, ""},
    {"list", nothing, "[PROFILE]", TAKES_OWNER | TAKES_TAG | TAKES_WHY, ""},
    {"show", nothing, "PROFILE", TAKES_OWNER, ""},
    {"uri", nothing, "PROFILE", TAKES_TYPE, ""},
    {"check", nothing, NULL, TAKES_STRICT, ""},
    {"import", nothing, "FILE", TAKES_IMPORT | TAKES_OUTPUT, ""},
    {"get-cert", nothing, "PROFILE SERIAL", TAKES_OWNER | TAKES_OUTPUT, ""},
    {"preview", nothing, "PROFILE", TAKES_OWNER | TAKES_CSR, ""},
    {"help", nothing, "[VERB]", 0, ""},
    {"version", nothing, NULL, 0, ""},
    {0},
};

static const struct {
    const char *line; /* words behind "signet" */
    const char *verb; /* NULL: wrong usage */
    struct cli expected;
    const char *error;
} rows[] = {
    {"status", "status", {0}, NULL},
    {"--conf /c --store /s --run /r --agent /a status",
     "status",
     {.conf = "/c", .store = "/s", .run = "/r", .agent = "/a"},
     NULL},
    {"status --json wifi -v", "status", {.json = true, .verbose = true, .profile = "wifi"}, NULL},
    {"status --tag=a", "status", {.tag = "a"}, NULL},
    {"show --user root wifi", "show", {.whose = WHOSE_USER, .uid = 0, .profile = "wifi"}, NULL},
    {"show -u 4000000000 wifi",
     "show",
     {.whose = WHOSE_USER, .uid = 4000000000, .profile = "wifi"},
     NULL},
    {"show wifi --device", "show", {.whose = WHOSE_DEVICE, .profile = "wifi"}, NULL},
    {"show -- --device", "show", {.profile = "--device"}, NULL},
    {"uri wifi --type private", "uri", {.type = "private", .profile = "wifi"}, NULL},
    {"check --strict", "check", {.strict = true}, NULL},
    {"import --root r --challenge file:c --output o --force f",
     "import",
     {.root = "r", .challenge = "file:c", .output = "o", .force = true, .profile = "f"},
     NULL},
    {"get-cert wifi 0a", "get-cert", {.profile = "wifi", .second = "0a"}, NULL},
    {"get-cert --output f wifi -- -a",
     "get-cert",
     {.profile = "wifi", .second = "-a", .output = "f"},
     NULL},
    {"import -", "import", {.profile = "-"}, NULL},
    {"preview wifi --csr a", "preview", {.csr = "a", .profile = "wifi"}, NULL},
    {"preview wifi --csr -", "preview", {.csr = "-", .profile = "wifi"}, NULL},
    {"preview wifi --json --csr a", "preview", {.csr = "a", .json = true, .profile = "wifi"}, NULL},
    {"list", "list", {0}, NULL},
    {"list --why wifi", "list", {.why = true, .profile = "wifi"}, NULL},
    {"list wifi --user root --why",
     "list",
     {.why = true, .profile = "wifi", .whose = WHOSE_USER},
     NULL},
    {"--help", "help", {0}, NULL},
    {"show --help", "help", {.profile = "show"}, NULL},
    {"help show", "help", {.profile = "show"}, NULL},
    {"-V", "version", {0}, NULL},
    {"status --version", "version", {0}, NULL},

    {"", NULL, {0}, "what to do"},
    {"dance", NULL, {0}, "dance: no such verb"},
    {"dance --help", NULL, {0}, "dance: no such verb"},
    {"Status", NULL, {0}, "Status: no such verb (did you mean status?); signet help lists them"},
    {"prevew wifi", NULL, {0}, "no such verb (did you mean preview?)"},
    {"status --strict", NULL, {0}, "status: does not take --strict"},
    {"status --colour", NULL, {0}, "--colour: no such option"},
    {"status -x", NULL, {0}, "no such option"},
    {"status --conf", NULL, {0}, "--conf: needs a value"},
    {"status --json=yes", NULL, {0}, "no such option"},
    {"status --user no-such-user", NULL, {0}, "no such user"},
    {"status --user 4294967295", NULL, {0}, "no such user"},
    {"status --user -1", NULL, {0}, "no such user"},
    {"status --user 1e3", NULL, {0}, "no such user"},
    {"status --user root --device", NULL, {0}, "exclude"},
    {"status --device --user root", NULL, {0}, "exclude"},
    {"status a b", NULL, {0}, "b: one argument too many"},
    {"show", NULL, {0}, "show: which PROFILE?"},
    {"list --why", NULL, {0}, "list --why: which PROFILE?"},
    {"list --why wifi --tag a", NULL, {0}, "does not take --tag"},
    {"list --why=wifi", NULL, {0}, "no such option"},
    {"show wifi --why", NULL, {0}, "show: does not take --why"},
    {"show wifi --tag a", NULL, {0}, "does not take --tag"},
    {"check wifi", NULL, {0}, "does not take an argument"},
    {"check --device", NULL, {0}, "check: does not take --device"},
    {"status --type cert", NULL, {0}, "does not take --type"},
    {"uri wifi --csr a", NULL, {0}, "does not take --csr"},
    {"import", NULL, {0}, "import: which FILE?"},
    {"get-cert", NULL, {0}, "get-cert: which PROFILE SERIAL?"},
    {"get-cert wifi", NULL, {0}, "get-cert: which SERIAL?"},
    {"get-cert wifi 0a 0b", NULL, {0}, "0b: one argument too many"},
    {"get-cert wifi 0a --force", NULL, {0}, "get-cert: does not take --force"},
    {"import f --output", NULL, {0}, "--output: needs a value"},
    {"check --force", NULL, {0}, "check: does not take --force"},
    {"status --output a", NULL, {0}, "status: does not take --output"},
    {"preview wifi --csr", NULL, {0}, "--csr: needs a value"},
    {"preview wifi --csr - --json", NULL, {0}, "both want standard output"},
    {"uri wifi --type both", NULL, {0}, "neither cert nor private"},
};

static void same(const char *a, const char *b)
{
    ck_assert_str_eq(a ? a : "(none)", b ? b : "(none)");
}

START_TEST(reads_the_command_line)
{
    char line[256], *argv[32] = {"signet"};
    int argc = 1;
    snprintf(line, sizeof line, "%s", rows[_i].line);
    for (char *rest = line, *word; (word = strsep(&rest, " "));)
        if (*word)
            argv[argc++] = word;

    struct cli cli = {.screen.width = 77};
    const struct cli *expected = &rows[_i].expected;
    const struct verb *verb = NULL;
    struct err err = {0};
    int rc = options_parse(argc, argv, table, &cli, &verb, &err);
    ck_assert_uint_eq(cli.screen.width, 77);
    if (!rows[_i].verb) {
        ck_assert_int_lt(rc, 0);
        ck_assert_ptr_null(verb);
        ck_assert_msg(strstr(err.text, rows[_i].error), "%s", err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_str_eq(verb->name, rows[_i].verb);
    same(cli.conf, expected->conf);
    same(cli.store, expected->store);
    same(cli.run, expected->run);
    same(cli.agent, expected->agent);
    same(cli.tag, expected->tag);
    same(cli.type, expected->type);
    same(cli.profile, expected->profile);
    same(cli.second, expected->second);
    same(cli.csr, expected->csr);
    same(cli.root, expected->root);
    same(cli.challenge, expected->challenge);
    same(cli.output, expected->output);
    ck_assert(cli.strict == expected->strict && cli.force == expected->force);
    ck_assert(cli.json == expected->json && cli.verbose == expected->verbose);
    ck_assert(cli.why == expected->why);
    ck_assert(cli.whose == expected->whose && cli.uid == expected->uid);
}
END_TEST

Suite *cli_options_suite(void)
{
    Suite *suite = suite_create("cli/options");
    TCase *tc = tcase_create("options");
    tcase_add_loop_test(tc, reads_the_command_line, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
