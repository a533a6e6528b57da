/* signet, the command line: the table of verbs, and exit statuses. */
#include "base/json.h"
#include "cli/options.h"
#include "cli/verbs.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

const struct verb verbs[] = {
    {"status", status_verb, "[PROFILE]", TAKES_OWNER | TAKES_TAG,
     "what there is, what comes next, and why something is not there"},
    {"list", list_verb, "[PROFILE]", TAKES_OWNER | TAKES_TAG | TAKES_WHY,
     "a line for each certificate: profile, owner, subject, serial, expiry, URI"},
    {"show", show_verb, "PROFILE", TAKES_OWNER | TAKES_TAG, "everything about one certificate"},
    {"uri", uri_verb, "PROFILE", TAKES_OWNER | TAKES_TYPE,
     "PKCS#11 URIs of certificate and private key"},
    {"enroll", enroll_verb, "[PROFILE]", TAKES_OWNER, "request what is missing now"},
    {"renew", renew_verb, "PROFILE", TAKES_OWNER, "a new key and certificate now"},
    {"pin", pin_verb, "PROFILE", 0, "choose the PIN of a key, or give it for a renewal"},
    {"remove", remove_verb, "PROFILE", TAKES_OWNER, "delete keys and certificate"},
    {"cycle", cycle_verb, NULL, TAKES_OWNER, "one policy cycle: all that is due"},
    {"get-cert", get_cert_verb, "PROFILE SERIAL", TAKES_OWNER | TAKES_OUTPUT,
     "a certificate from the CA's records, as PEM"},
    {"get-crl", get_crl_verb, "PROFILE", TAKES_OWNER | TAKES_OUTPUT,
     "the CA's revocation list, as PEM"},
    {"check", check_verb, NULL, TAKES_STRICT, "read the profiles and tell what is wrong with them"},
    {"preview", preview_verb, "PROFILE", TAKES_OWNER | TAKES_CSR,
     "what a profile would request, without asking anyone"},
    {"import", import_verb, "FILE", TAKES_IMPORT | TAKES_OUTPUT,
     "profiles of Microsoft Graph or Apple as sections of conf.d"},
    {"help", help_verb, "[VERB]", 0, "this, or about one verb"},
    {"version", version_verb, NULL, 0, "which signet this is"},
    {0},
};

static const int statuses[] = {
    [ERR_RETRY] = 1, [ERR_DENIED] = 3, [ERR_CONFIG] = 4, [ERR_RESOURCE] = 5, [ERR_BUG] = 5,
};

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    json_wipe_freed();
    struct cli cli = {.screen = screen_stdout()};
    const struct verb *verb = NULL;
    struct err err = {0};

    if (options_parse(argc, argv, verbs, &cli, &verb, &err) < 0) {
        fprintf(stderr, "signet: %s\n", err.text);
        return EXIT_USAGE;
    }
    int rc = verb->run(&cli, &err);
    if (rc < 0)
        fprintf(stderr, "signet: %s\n", err.text);
    if ((fflush(stdout) == EOF || ferror(stdout)) && rc >= 0) {
        perror("signet: standard output");
        return statuses[ERR_RETRY];
    }
    return rc < 0 ? statuses[-rc] : rc;
}
