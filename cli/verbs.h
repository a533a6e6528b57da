/* The verbs, one small file each. */
#ifndef SIGNET_CLI_VERBS_H
#define SIGNET_CLI_VERBS_H

#include "cli/cli.h"

verb_function status_verb, list_verb, show_verb, uri_verb;
verb_function enroll_verb, renew_verb, remove_verb, cycle_verb, pin_verb;
verb_function get_cert_verb, get_crl_verb;
verb_function check_verb, preview_verb, import_verb, help_verb, version_verb;

#endif
