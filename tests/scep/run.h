/* One operation after the other against the test CA, which behaves by rules. */
#ifndef SIGNET_TESTS_SCEP_RUN_H
#define SIGNET_TESTS_SCEP_RUN_H

#include "tests/scep/fixture.h"
#include "tests/scep/line.h"

#define RUN_URL "http://ca.test/scep"

struct run {
    struct fixture fixture;
    struct line line;
    struct scep_result result;
    struct err err; /* a rejection too */
    int rc;
};

/* The CA behaves by these rules (words, NULL behind the last of less than eight) and no others. */
void run_rules(struct ca *ca, const char *const rules[8]);

/* The usual request with KEY, with the CA's challenge at hand. */
void run_start(struct run *run, struct ca *ca, const char *const rules[8], EVP_PKEY *key);
void run_end(struct run *run);

/* An enrolment. A certificate that is of no use is told as an error, with an outcome of its own. */
void run_enrol(struct run *run);

#endif
