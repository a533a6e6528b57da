/* What people want to know about a certificate before they trust it. */
#ifndef SIGNET_IMPORT_CERTIFICATE_H
#define SIGNET_IMPORT_CERTIFICATE_H

#include "base/buf.h"

#include <stdbool.h>

struct certificate_facts {
    char subject[512];
    char expires[32];     /* "2035-01-01" */
    char fingerprint[65]; /* SHA-256, hex */
    bool self_issued;     /* subject and issuer are the same */
};

/* CONFIG when DER is no certificate. */
int certificate_facts(const struct buf *der, struct certificate_facts *ret, struct err *err);

/* Is DATA the MD5, SHA-1, SHA-256 or SHA-512 digest of DER? */
bool certificate_has_digest(const struct buf *der, const void *data, size_t len);

/* A certificate's subject as text (RFC 2253, UTF-8). */
struct x509_st;
void certificate_subject(const struct x509_st *certificate, char *ret, size_t size);

#endif
