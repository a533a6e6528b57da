/* scep-ca as a process beside a test, with its files in a folder. */
#ifndef SIGNET_TESTS_CA_SERVICE_H
#define SIGNET_TESTS_CA_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

struct service {
    char behave[96], log[96], root[96]; /* paths: its rules, its requests, its root as PEM */
    char url[64];
    pid_t pid; /* 0: it does not run */
};

/* It serves, well behaved but for RULE, which it has for all its life (NULL: none), and ends with
 * whoever started it. False when it does not come up. */
bool service_start(struct service *service, const char *folder, const char *rule);
void service_stop(struct service *service);

/* How it behaves from the next request on: rules of tests/ca/behave.c, with blanks between them. */
bool service_behave(const struct service *service, const char *rules);

#endif
