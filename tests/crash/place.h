/* Where it happens: a folder in memory, with a CA that runs beside it. */
#ifndef SIGNET_TESTS_CRASH_PLACE_H
#define SIGNET_TESTS_CRASH_PLACE_H

#include "tests/ca/service.h"
#include "tests/crash/supervise.h"

#include <openssl/x509.h>

/*  PATH/ca/      of the CA: its root, what it does, what it was asked
 *  PATH/conf/    signet.conf and conf.d
 *  PATH/programs/ where the agent sees what was built
 *  PATH/base/    what is there before: `store` and the like; each run begins with a copy of it */
struct place {
    char path[64];
    struct service ca;
    X509 *root;
};

void place_open(struct place *place);
void place_close(struct place *place);

/* PATH/NAME, malloc'ed. */
char *place_path(const struct place *place, const char *name);

/* Writes PATH/NAME, and the folders on the way to it; TEXT NULL removes it. */
void place_put(const struct place *place, const char *name, const char *text);

/* What the CA does from now on: rules of tests/ca/behave.c. */
void place_behave(const struct place *place, const char *rules);

#endif
