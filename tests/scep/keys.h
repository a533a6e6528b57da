/* Keys that need not be made, as PEM. */
#ifndef SIGNET_TESTS_SCEP_KEYS_H
#define SIGNET_TESTS_SCEP_KEYS_H

enum { TEST_RSA_KEYS = 3 };

extern const char *const test_rsa_keys[TEST_RSA_KEYS];

#endif
