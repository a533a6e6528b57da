#include "base/sha256.h"

#include "base/text.h"

#include <string.h>

static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* Section 6.2.2. The message schedule is kept as a window of 16 words. */
static void compress(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[16], s[8];
    memcpy(s, h, sizeof s);
    for (unsigned t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];

    for (unsigned t = 0; t < 64; t++) {
        uint32_t a = s[0], e = s[4];
        uint32_t t1 = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                      ((e & s[5]) ^ (~e & s[6])) + round_constants[t] + w[t % 16];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                      ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;

        uint32_t w1 = w[(t + 1) % 16], w14 = w[(t + 14) % 16];
        w[t % 16] += (rotate(w1, 7) ^ rotate(w1, 18) ^ w1 >> 3) + w[(t + 9) % 16] +
                     (rotate(w14, 17) ^ rotate(w14, 19) ^ w14 >> 10);
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += s[i];
}

void sha256_begin(struct sha256 *sha)
{
    memcpy(sha->h, initial, sizeof initial);
    sha->len = 0;
}

void sha256_add(struct sha256 *sha, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        sha->block[sha->len++ % SHA256_BLOCK] = p[i];
        if (sha->len % SHA256_BLOCK == 0)
            compress(sha->h, sha->block);
    }
}

/* Section 5.1.1: a one bit, zeros, and the length in bits. */
void sha256_end(struct sha256 *sha, uint8_t ret[SHA256_SIZE])
{
    uint64_t bits = sha->len * 8;
    uint8_t length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));

    sha256_add(sha, "\x80", 1);
    while (sha->len % SHA256_BLOCK != SHA256_BLOCK - 8)
        sha256_add(sha, "", 1);
    sha256_add(sha, length, sizeof length);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        ret[i] = (uint8_t)(sha->h[i / 4] >> (24 - 8 * (i % 4)));
    explicit_bzero(sha, sizeof *sha);
}

void sha256_end_hex(struct sha256 *sha, char ret[SHA256_HEX])
{
    uint8_t bytes[SHA256_SIZE];
    sha256_end(sha, bytes);
    text_hex(bytes, sizeof bytes, ret);
}

void sha256_hex(const void *data, size_t len, char ret[SHA256_HEX])
{
    struct sha256 sha;
    sha256_begin(&sha);
    sha256_add(&sha, data, len);
    sha256_end_hex(&sha, ret);
}

void sha256_hmac(const void *key, size_t key_len, const void *data, size_t len,
                 uint8_t ret[SHA256_SIZE])
{
    uint8_t pad[SHA256_BLOCK] = {0}, inner[SHA256_SIZE];
    struct sha256 sha;
    memcpy(pad, key, key_len);
    for (unsigned i = 0; i < SHA256_BLOCK; i++)
        pad[i] ^= 0x36;
    sha256_begin(&sha);
    sha256_add(&sha, pad, sizeof pad);
    sha256_add(&sha, data, len);
    sha256_end(&sha, inner);

    for (unsigned i = 0; i < SHA256_BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    sha256_begin(&sha);
    sha256_add(&sha, pad, sizeof pad);
    sha256_add(&sha, inner, sizeof inner);
    sha256_end(&sha, ret);
    explicit_bzero(pad, sizeof pad);
}
