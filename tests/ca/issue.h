/* Certificates that the test CA makes. */
#ifndef SIGNET_TESTS_CA_ISSUE_H
#define SIGNET_TESTS_CA_ISSUE_H

#include "tests/ca/behave.h"
#include "tests/ca/pki.h"

/* A key and a self-signed CA certificate "CN=NAME". */
struct identity issue_ca(const char *name, bool ec);

/* The same CA, of which one year in ten is left. */
void issue_ca_ending(struct identity *ca);

/* An RA under CA with these bits of key usage. */
struct identity issue_ra(const struct identity *ca, const char *name, unsigned usage, long serial);

/* A certificate for the request, as RULES bend it. NULL when the request is no good. */
X509 *issue_for(const struct identity *ca, X509_REQ *csr, const struct rules *rules, long serial);

void identity_free(struct identity *identity);

#endif
