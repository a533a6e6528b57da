/* Who works at the test CA: it itself and all the good and bad ones that may answer in its place.
 */
#ifndef SIGNET_TESTS_CA_STAFF_H
#define SIGNET_TESTS_CA_STAFF_H

#include "tests/ca/issue.h"

enum member {
    STAFF_CA = 1,
    STAFF_OTHER, /* a root that nobody trusts */
    STAFF_NEXT,  /* the root after this one */
    STAFF_RA,
    STAFF_ENCRYPTER, /* an RA that only decrypts */
    STAFF_SIGNER,    /* and one that only signs */
    STAFF_EXPIRED_RA,
    STAFF_SHORT_RA,
    STAFF_LONG_RA, /* has no private key */
    STAFF_EC_CA,
    STAFF_EC_RA,
    STAFF_LAST_CA,   /* may have no CA below it */
    STAFF_BELOW,     /* and that is the one below it */
    STAFF_PERMITTED, /* may only issue for .permitted.test */
    STAFF_SHA1_CA,   /* its own certificate is signed with SHA-1 */
    STAFF_N,
};

/* Zeroed is empty. */
struct staff {
    struct identity v[STAFF_N];
};

/* Borrowed; made when it is needed first. */
const struct identity *staff_member(struct staff *staff, enum member who);
void staff_free(struct staff *staff);

/* Who does what, and whose certificates GetCACert gives, in this order. */
struct roles {
    const struct identity *decrypter, *answerer, *issuer;
    enum member given[3]; /* ends with 0 */
};
struct roles staff_roles(struct staff *staff, const struct rules *rules);

#endif
