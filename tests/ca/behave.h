/* The rules that a test can set: one table row each. */
#ifndef SIGNET_TESTS_CA_BEHAVE_H
#define SIGNET_TESTS_CA_BEHAVE_H

#include "base/buf.h"

enum operation { ON_CAPS = 1, ON_CA_CERT = 2, ON_PKI = 4, ON_NEXT = 8, ON_ALL = 15 };

enum what {
    /* of any operation */
    DO_HTML,
    DO_EMPTY,
    DO_GARBAGE,
    DO_401,
    DO_403,
    DO_404,
    DO_500,
    DO_HANG,
    DO_CLOSE,
    DO_CUT_OFF,
    /* of GetCACaps */
    DO_NO_CAPS,
    DO_GET_ONLY,
    DO_NO_RENEWAL,
    DO_NDES_CAPS,
    DO_STANDARD_CAPS,
    /* of GetCACert and of who answers */
    DO_BUNDLE,
    DO_RA,
    DO_TWO_RAS,
    /* of GetNextCACert */
    DO_ENDING,
    DO_NEXT_CA,
    DO_NEXT_BY_STRANGER,
    DO_NEXT_BARE,
    /* of PKIOperation: the frame */
    DO_WRONG_NONCE,
    DO_WRONG_TRANSACTION,
    DO_WRONG_STATUS,
    DO_WRONG_TYPE,
    DO_WRONG_SIGNER,
    DO_BAD_SIGNATURE,
    DO_NO_ENVELOPE,
    /* of PKIOperation: the decision */
    DO_PENDING,
    DO_REFUSE,
    DO_REFUSE_CHALLENGE,
    DO_REFUSE_RENEWAL,
    DO_RENEWAL_WANTS_CHALLENGE,
    /* of PKIOperation: the envelope. The number of "agreement" is a thousand times the bits of the
     * KDF's digest, and the bits of the key wrap, 168 being triple DES: 256128 is SHA-256 and
     * AES-128. */
    DO_AGREEMENT,
    DO_COFACTOR,
    DO_BY_KEY_ID,
    DO_RSA_ONLY,
    /* of PKIOperation: the certificate */
    DO_OTHER_KEY,
    DO_OTHER_CA,
    DO_OLD_CERTIFICATE,
    DO_LEAF_LAST,
    DO_OTHER_SUBJECT,
    DO_NO_SAN,
    DO_NO_EKU,
    DO_ADD_SAN,
    DO_LESS_USAGE,
    DO_SHA1,
    DO_LONG,
    DO_SHORT,
    DO_EXPIRED,
    DO_NOT_YET,
};

struct rule {
    enum what what;
    unsigned operations;
    int number; /* of "pending:2"; 0 when none is given */
};

#define RULES_MAX 16

struct rules {
    struct rule v[RULES_MAX];
    size_t n;
};

/* "[caps/|cacert/|pki/]NAME[:NUMBER]". False when it is none. */
bool rules_add(struct rules *rules, const char *text);

/* The rule that applies to this operation, or NULL. */
const struct rule *rules_find(const struct rules *rules, unsigned operation, enum what what);

#endif
