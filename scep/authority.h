/* The CA as a client sees it: which certificate to encrypt to, who may sign answers, who issues. */
#ifndef SIGNET_SCEP_AUTHORITY_H
#define SIGNET_SCEP_AUTHORITY_H

#include "scep/openssl.h"

/* The answer to GetCACert (RFC 8894 section 4.2.1), either one certificate as DER or a certs-only
 * SignedData, which may be empty; which one is seen from the bytes. NULL when it is neither. */
STACK_OF(X509) *authority_parse(const struct buf *body);

/* None is CONFIG, and so are more than any CA needs: to check them all would only make work. */
int authority_check_number(STACK_OF(X509) *given, struct err *err);

/* Zeroed is empty. */
struct authority {
    STACK_OF(X509) *certificates; /* all that are trusted */
    STACK_OF(X509) *signers;      /* those that may sign an answer */
    X509 *recipient;              /* borrowed from certificates, as is the next */
    X509 *issuer;                 /* the CA that issues; NULL when only an RA was given */
    bool looks_only;   /* nothing in the recipient says that it is the RA it looks like */
    X509 *passed_over; /* an RA to encrypt to, which is not trusted: then there is no recipient.
                          Owned */
};

void authority_free(struct authority *authority);

/* Chooses among TRUSTED, in whatever order they stand: an RA, else the CA itself. Who is an RA only
 * shows: by the extended key usage of one, then by being issued by a CA that stands there too. Of
 * those that are as good in this, it is the one with keyEncipherment, then one without any key
 * usage, then one with dataEncipherment. An EC key, with keyAgreement instead, is encrypted to only
 * where neither an RA nor the CA that issues has an RSA key.
 *
 * A CA that is not said to encrypt takes no message from the hands of an RA that is not trusted
 * (expired, say) but stands among GIVEN: whoever asks is told of that one (passed_over) instead.
 * What is made out for a person or a device, by its extended key usages or its alternative names,
 * is nobody's RA, unless they are all NAMED: each by a fingerprint in the profile. CONFIG when
 * nothing fits. */
int authority_choose(STACK_OF(X509) *trusted, bool named, STACK_OF(X509) *given,
                     struct authority *ret, struct err *err);

#endif
