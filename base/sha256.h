/* SHA-256 (FIPS 180-4) and HMAC (RFC 2104), because profile/ links libc only. For MachineId, and to
 * tell one text or file from another; certificates and messages are hashed by OpenSSL. */
#ifndef SIGNET_BASE_SHA256_H
#define SIGNET_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE  32
#define SHA256_BLOCK 64
#define SHA256_HEX   (2 * SHA256_SIZE + 1)

struct sha256 {
    uint32_t h[8];
    uint64_t len;
    uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t len);
void sha256_end(struct sha256 *sha, uint8_t ret[SHA256_SIZE]);

/* The same in lower-case hex. */
void sha256_end_hex(struct sha256 *sha, char ret[SHA256_HEX]);

/* All three at once. */
void sha256_hex(const void *data, size_t len, char ret[SHA256_HEX]);

/* KEY_LEN is at most SHA256_BLOCK. */
void sha256_hmac(const void *key, size_t key_len, const void *data, size_t len,
                 uint8_t ret[SHA256_SIZE]);

#endif
