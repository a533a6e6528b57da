/* The rules that a test can set: one table row each. */
#ifndef SIGNET_TESTS_CA_BEHAVE_H
#define SIGNET_TESTS_CA_BEHAVE_H

#include "base/buf.h"

enum operation { ON_CAPS = 1, ON_CA_CERT = 2, ON_PKI = 4, ON_NEXT = 8, ON_ALL = 15 };

enum what {
    /* of any operation */
    DO_302,
    DO_302_AWAY,
    DO_503,
    DO_HTML,
    DO_EMPTY,
    DO_GARBAGE,
    DO_401,
    DO_403,
    DO_404,
    DO_500,
    DO_HANG,
    DO_CLOSE,
    DO_CUT_HEADERS,
    DO_CUT_OFF,
    DO_HUGE,
    DO_DRIP,
    /* of GetCACaps */
    DO_NO_CAPS,
    DO_GET_ONLY,
    DO_NO_RENEWAL,
    DO_NDES_CAPS,
    DO_DOGTAG_CAPS,
    DO_STANDARD_CAPS,
    DO_CAPS_CRLF,
    DO_CAPS_CR,
    DO_CAPS_BLANK,
    DO_CAPS_UTF16,
    DO_CAPS_SEVEN,
    DO_CAPS_PREFIX,
    DO_CAPS_NUL,
    DO_CAPS_LONG,
    /* of GetCACert and of who answers */
    DO_BUNDLE,
    DO_RA,
    DO_TWO_RAS,
    DO_EXPIRED_RA,
    DO_SHORT_KEY,
    DO_LONG_KEY,
    DO_EC_CA,
    DO_EC_RA,
    DO_PATH_LENGTH,
    DO_NAME_CONSTRAINT,
    DO_NO_CERTIFICATE,
    DO_OTHER_ROOT,
    DO_CYCLE,
    DO_THOUSAND,
    /* of GetNextCACert */
    DO_ENDING,
    DO_NEXT_CA,
    DO_NEXT_BY_STRANGER,
    DO_NEXT_BARE,
    /* of PKIOperation: the frame */
    DO_WRONG_NONCE,
    DO_WRONG_TRANSACTION,
    DO_WRONG_STATUS,
    DO_NO_STATUS,
    DO_EMPTY_SET,
    DO_WRONG_TYPE,
    DO_WRONG_SIGNER,
    DO_NO_SIGNER,
    DO_BARE,
    DO_HOLLOW,
    DO_TAKE_CHAIN,
    DO_BAD_SIGNATURE,
    DO_MD5,
    /* of PKIOperation: the envelope */
    DO_NO_ENVELOPE,
    DO_OTHER_ENVELOPE,
    DO_NESTED,
    DO_BER,
    DO_DES,
    DO_AGREEMENT, /* number: a thousand times the bits of the KDF's digest (1: SHA-1), and the bits
                   * of the key wrap (168: triple DES): 256128 is SHA-256 and AES-128 */
    DO_COFACTOR,
    DO_MQV,
    DO_PADDED_WRAP,
    DO_BY_KEY_ID,
    DO_RSA_ONLY,
    DO_CSR_BACK,
    DO_NOTHING_INSIDE,
    /* of PKIOperation: the decision */
    DO_PENDING,
    DO_SAME_SIGNER,
    DO_TO_FIRST,
    DO_REFUSE,
    DO_ONCE,
    DO_BUSY,
    DO_ONE_TIME,
    DO_REFUSE_CHALLENGE,
    DO_REFUSE_AND_GRANT,
    DO_REFUSE_IN_COLOUR,
    DO_REFUSE_AT_LENGTH,
    DO_REFUSE_RENEWAL,
    DO_RENEWAL_WANTS_CHALLENGE,
    /* of PKIOperation: the certificate */
    DO_OTHER_KEY,
    DO_OTHER_CA,
    DO_NAMESAKE,
    DO_SHA1_ISSUER,
    DO_OLD_CERTIFICATE,
    DO_OLD_KEY,
    DO_OLD_SERIAL,
    DO_LEAF_LAST,
    DO_EXTRA,
    DO_IS_CA,
    DO_ZERO_IN_NAME,
    DO_MANY_SANS,
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
