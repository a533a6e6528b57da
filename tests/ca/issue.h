/* Certificates that the test CA makes. */
#ifndef SIGNET_TESTS_CA_ISSUE_H
#define SIGNET_TESTS_CA_ISSUE_H

#include "tests/ca/behave.h"
#include "tests/ca/pki.h"

/* A key and a self-signed CA certificate "CN=NAME". */
struct identity issue_ca(const char *name, bool ec);

/* The same CA, of which one year in ten is left. */
void issue_ca_ending(struct identity *ca);

/* Who is to stand below a CA. */
struct issue_plan {
    const char *name;
    unsigned bits;           /* of RSA; 0: EC on P-256 */
    const char *usage;       /* key usage */
    const char *constraints; /* basic constraints; NULL: none */
    const char *permitted;   /* name constraints; NULL: none */
    bool expired;
    bool sha1; /* signed with SHA-1 */
};

/* A key and its certificate by BY. */
struct identity issue_under(const struct identity *by, const struct issue_plan *plan, long serial);

/* Of RSA of 16,384 bits to which nobody has the private half: making that takes minutes. */
X509 *issue_long_ra(const struct identity *by, const char *name);

/* WHO's name and key, signed by BY. */
X509 *issue_cross(const struct identity *who, const struct identity *by);

/* A certificate for the request, as RULES bend it. NULL when the request is no good. */
X509 *issue_for(const struct identity *ca, X509_REQ *csr, const struct rules *rules, long serial);

/* The same for another key than the one that asks. */
X509 *issue_for_key(const struct identity *ca, X509_REQ *csr, EVP_PKEY *key,
                    const struct rules *rules, long serial);

void identity_free(struct identity *identity);

#endif
