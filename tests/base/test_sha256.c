#include "base/sha256.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/suite.h"

#include <string.h>

/* FIPS 180-4 examples, and lengths around the block. */
static const struct {
    const char *text;
    unsigned times;
    const char *digest;
} digests[] = {
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {"a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {"a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
};

START_TEST(hashes)
{
    struct sha256 sha;
    char hex[SHA256_HEX];
    sha256_begin(&sha);
    for (unsigned i = 0; i < digests[_i].times; i++)
        sha256_add(&sha, digests[_i].text, strlen(digests[_i].text));
    sha256_end_hex(&sha, hex);
    ck_assert_str_eq(hex, digests[_i].digest);
    if (digests[_i].times > 1)
        return;
    sha256_hex(digests[_i].text, strlen(digests[_i].text), hex);
    ck_assert_str_eq(hex, digests[_i].digest);
}
END_TEST

/* RFC 4231 section 4.3. */
START_TEST(authenticates)
{
    uint8_t out[SHA256_SIZE];
    char hex[SHA256_HEX];
    sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
    text_hex(out, sizeof out, hex);
    ck_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

Suite *sha256_suite(void)
{
    Suite *suite = suite_create("base/sha256");
    TCase *tc = tcase_create("sha256");
    tcase_add_loop_test(tc, hashes, 0, LENGTH(digests));
    tcase_add_test(tc, authenticates);
    suite_add_tcase(suite, tc);
    return suite;
}
