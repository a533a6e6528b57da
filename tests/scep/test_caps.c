#include "scep/caps.h"

#include "tests/suite.h"

#define STANDARD (CAPS_STANDARD | CAPS_AES | CAPS_POST | CAPS_SHA256)

static const struct {
    const char *body;
    unsigned caps;
} bodies[] = {
    {"", 0},
    {"\n", 0},
    {"\r\n\r\n", 0},
    {" ", 0},
    {"AES", CAPS_AES},
    {"AES\n", CAPS_AES},
    {"AES\r\n", CAPS_AES},
    {"aes\nsha-256", CAPS_AES | CAPS_SHA256},
    {"  AES \t\r\n", CAPS_AES},
    {"\n\nAES\n\n", CAPS_AES},
    {"AES\r\n\r\nDES3\r\n", CAPS_AES | CAPS_DES3},
    {"postpkioperation", CAPS_POST},
    {"SCEPStandard", STANDARD},
    {"scepstandard\nRenewal", STANDARD | CAPS_RENEWAL},
    {"GetNextCACert", CAPS_GET_NEXT_CA_CERT},
    {"POSTPKIOperation\nRenewal\nSHA-512\nSHA-256\nSHA-1\nDES3\n",
     CAPS_POST | CAPS_RENEWAL | CAPS_SHA512 | CAPS_SHA256 | CAPS_SHA1 | CAPS_DES3},
    /* parts of names, and names with something behind: seen to fool other clients */
    {"Updates", 0},
    {"Renewa", 0},
    {"Renewals", 0},
    {"Renewal2\n", 0},
    {"A", 0},
    {"AES128", 0},
    {"AES-256", CAPS_AES256},
    {"aes256\r\nAES", CAPS_AES256 | CAPS_AES},
    {"AES-192", 0},
    {"AES-2560", 0},
    {"SHA-2", 0},
    {"SHA-2567", 0},
    {"SHA256", 0},
    {"SHA", 0},
    {"POST", 0},
    {"AES,DES3", 0},
    {"AES DES3", 0},
    {"AES;", 0},
    {"x\nAES\ny", CAPS_AES},
    {"AES\rDES3", 0}, /* a lone CR ends no line */
    {"<html>AES</html>", 0},
    {"<html>\nAES\n</html>", CAPS_AES},
    {"\xff\xfe", 0},
    {"\xef\xbb\xbf"
     "AES\nSHA-1",
     CAPS_SHA1},
};

START_TEST(parses)
{
    autobuf body = {0};
    ck_assert_int_eq(buf_add_text(&body, bodies[_i].body, NULL), 0);
    ck_assert_msg(caps_parse(&body) == bodies[_i].caps, "\"%s\": %x", bodies[_i].body,
                  caps_parse(&body));
}
END_TEST

START_TEST(zero_bytes_are_no_ends)
{
    autobuf body = {0};
    ck_assert_int_eq(buf_add(&body, "AES\0\nDES3\n\0", 11, NULL), 0);
    ck_assert_uint_eq(caps_parse(&body), CAPS_DES3);
    ck_assert_uint_eq(caps_parse(&(struct buf){0}), 0);
}
END_TEST

static const struct {
    unsigned caps;
    enum hash wish, hash;
} hashes[] = {
    {0, HASH_SHA256, HASH_SHA1},
    {0, HASH_SHA1, HASH_SHA1},
    {CAPS_SHA1, HASH_SHA512, HASH_SHA1},
    {CAPS_SHA256, HASH_SHA1, HASH_SHA1},
    {CAPS_SHA256, HASH_SHA256, HASH_SHA256},
    {CAPS_SHA256, HASH_SHA512, HASH_SHA256},
    {CAPS_SHA512, HASH_SHA256, HASH_SHA512},
    {CAPS_SHA512, HASH_SHA512, HASH_SHA512},
    {CAPS_SHA256 | CAPS_SHA512, HASH_SHA256, HASH_SHA256},
    {CAPS_SHA256 | CAPS_SHA512, HASH_SHA384, HASH_SHA512},
    {CAPS_SHA256, HASH_SHA384, HASH_SHA256},
};

START_TEST(chooses_a_hash)
{
    ck_assert_int_eq(caps_hash(hashes[_i].caps, hashes[_i].wish), hashes[_i].hash);
}
END_TEST

static const struct {
    unsigned caps;
    enum minimum_crypto minimum;
    int cipher;
} ciphers[] = {
    {0, MINIMUM_DES3_SHA1, NID_des_ede3_cbc},
    {CAPS_DES3, MINIMUM_DES3_SHA1, NID_des_ede3_cbc},
    {CAPS_DES3 | CAPS_AES, MINIMUM_DES3_SHA1, NID_aes_128_cbc},
    {STANDARD, MINIMUM_AES128_SHA256, NID_aes_128_cbc},
    {STANDARD, MINIMUM_AES256_SHA256, NID_aes_256_cbc},
    {CAPS_AES256, MINIMUM_DES3_SHA1, NID_aes_256_cbc},
    {CAPS_AES256 | CAPS_AES, MINIMUM_AES128_SHA256, NID_aes_256_cbc},
    /* what is below the minimum is for others to refuse; it is never DES */
    {0, MINIMUM_AES256_SHA256, NID_des_ede3_cbc},
    {CAPS_DES3, MINIMUM_AES128_SHA256, NID_des_ede3_cbc},
};

START_TEST(chooses_a_cipher)
{
    ck_assert_int_eq(EVP_CIPHER_get_nid(caps_cipher(ciphers[_i].caps, ciphers[_i].minimum)),
                     ciphers[_i].cipher);
}
END_TEST

static const struct {
    unsigned caps;
    const char *text;
} described[] = {
    {0, "nothing"},
    {CAPS_DES3, "DES3"},
    {CAPS_AES256, "AES-256"},
    {CAPS_POST | CAPS_SHA1, "POSTPKIOperation, SHA-1"},
    {STANDARD, "AES, POSTPKIOperation, SHA-256, SCEPStandard"},
};

START_TEST(describes)
{
    autobuf text = {0};
    ck_assert_int_eq(caps_describe(described[_i].caps, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), described[_i].text);
}
END_TEST

Suite *caps_suite(void)
{
    Suite *suite = suite_create("scep/caps");
    TCase *tc = tcase_create("caps");
    tcase_add_loop_test(tc, parses, 0, LENGTH(bodies));
    tcase_add_test(tc, zero_bytes_are_no_ends);
    tcase_add_loop_test(tc, chooses_a_hash, 0, LENGTH(hashes));
    tcase_add_loop_test(tc, chooses_a_cipher, 0, LENGTH(ciphers));
    tcase_add_loop_test(tc, describes, 0, LENGTH(described));
    suite_add_tcase(suite, tc);
    return suite;
}
