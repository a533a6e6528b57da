/* RSA keys of 2048 bits that need not be made, which takes a tenth of a second, and under valgrind
 * half a minute. */
#ifndef SIGNET_TESTS_CA_KEYS_H
#define SIGNET_TESTS_CA_KEYS_H

#include <openssl/evp.h>

enum { KEYS_MADE = 12, KEYS_OF_CLIENTS = 3 };

/* One of those there are; the first KEYS_OF_CLIENTS are never the CA's. The caller's. */
EVP_PKEY *keys_made(unsigned number);

/* One that this process had not yet, for a CA; once there is none left, one made now. The caller's.
 */
EVP_PKEY *keys_next(void);

#endif
