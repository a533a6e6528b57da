/* The CA as a client sees it: which certificate to encrypt to, who may sign answers, who issues. */
#ifndef SIGNET_SCEP_AUTHORITY_H
#define SIGNET_SCEP_AUTHORITY_H

#include "scep/openssl.h"

/* The answer to GetCACert (RFC 8894 section 4.2.1), either one certificate as DER or a certs-only
 * SignedData; which one is seen from the bytes. NULL when it is neither. */
STACK_OF(X509) *authority_parse(const struct buf *body);

/* Zeroed is empty. */
struct authority {
    STACK_OF(X509) *certificates; /* all that are trusted */
    STACK_OF(X509) *signers;      /* those that may sign an answer */
    X509 *recipient;              /* borrowed from certificates, as is the next */
    X509 *issuer;                 /* the CA that issues; NULL when only an RA was given */
};

void authority_free(struct authority *authority);

/* Chooses among TRUSTED: an RA with keyEncipherment, else one with dataEncipherment, else the CA
 * itself, in whatever order they stand. CONFIG when nothing fits. */
int authority_choose(STACK_OF(X509) *trusted, struct authority *ret, struct err *err);

#endif
