/* A PKCS#11 module as a client sees it: opened, a session on the token that has the wanted key, the
 * key found. Uses nothing but the PKCS#11 interface, so that every module is measured by the same
 * code. Benchmarks have no use for a failure: what goes wrong is told on standard error and ends
 * the program. */
#ifndef SIGNET_BENCH_TOKEN_H
#define SIGNET_BENCH_TOKEN_H

#include <p11-kit/pkcs11.h>

#include <stdint.h>

struct token {
    const char *name; /* of the module in what is printed */
    CK_FUNCTION_LIST *p11;
    CK_SESSION_HANDLE session;
};

/* dlopen, C_Initialize, a session on the token that has a private key with this LABEL; logs in
 * first when PIN is given. */
void token_open(struct token *token, const char *name, const char *module, const char *label,
                const char *pin);

/* The private key with this CKA_LABEL: C_FindObjects by class and label, then CKA_ID and
 * CKA_KEY_TYPE read. */
CK_OBJECT_HANDLE token_find_key(const struct token *token, const char *label);

/* One signature over a SHA-256 hash: CKM_RSA_PKCS over a DigestInfo, or CKM_ECDSA. */
enum token_key { TOKEN_RSA, TOKEN_EC };
void token_sign(const struct token *token, CK_OBJECT_HANDLE key, enum token_key type);

/* DigestInfo of SHA-256 (RFC 8017 section 9.2), of some message; the bare hash is its last 32
 * bytes. */
extern const uint8_t token_digest_info[51];

/* Monotonic time in nanoseconds. */
int64_t token_clock(void);

#endif
