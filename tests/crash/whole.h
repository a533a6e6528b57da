/* Looks whether a store is whole, and knows nothing of the code that wrote it. */
#ifndef SIGNET_TESTS_CRASH_WHOLE_H
#define SIGNET_TESTS_CRASH_WHOLE_H

#include <openssl/x509.h>
#include <stdbool.h>

/* What was seen of the one entry that a test is about. */
struct whole {
    bool there, kept;     /* a challenge, for a retry */
    char fingerprint[65]; /* of the current certificate, SHA-256; "": there is none */
    char key[65];         /* of its key file */
    char issued_by[65];   /* the transaction, as meta.json has it */
    char pending_key[65]; /* of the key file of a request under way */
    char phase[16], transaction[65], reason[1024]; /* as state.json has them */
};

enum tidiness {
    WHOLE, /* whoever reads finds whole things only; somebody died, and things lie about */
    WHOLE_AFTER_POWER_CUT, /* as that; `changes` may have lost its bytes */
    WHOLE_AND_TIDY,        /* nothing is there that need not be */
};

/* What is wrong with STORE, in one static line; NULL: nothing. ENTRY is as "device/wifi". ROOT has
 * issued every certificate. */
const char *whole_look(const char *store, const char *entry, X509 *root, enum tidiness tidiness,
                       struct whole *ret);

#endif
