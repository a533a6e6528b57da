/* Keys in a TPM that ask for a PIN. */
#include "store/tpm_pin.h"

#include "store/key.h"
#include "tests/swtpm.h"

#include <openssl/err.h>

#define TRIES_MAX 64 /* a TPM locks before that */

/* Borrows TEXT. */
static struct buf pin_of(const char *text)
{
    return (struct buf){.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
}

static void make(bool ec, unsigned size, const char *text, struct buf *ret_pem)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct buf pin = pin_of(text);
    enum pin_verdict verdict = 0;
    struct err err;
    ck_assert_msg(tpm_generate_with_pin(ec, size, &pin, &key, &err) == 0, "%s", err.text);
    ck_assert_int_eq(tpm_pin_try(key, &verdict, &err), 0); /* it has its PIN from the start */
    ck_assert_int_eq(verdict, PIN_ACCEPTED);
    ck_assert_int_eq(key_to_pem(key, ret_pem, &err), 0);
    ck_assert(!strstr(buf_text(ret_pem), text));
}

static enum pin_verdict try(const struct buf *pem, const char *text)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct buf pin = pin_of(text);
    enum pin_verdict verdict = 0;
    struct err err;
    ck_assert_msg(key_from_pem_with_pin(pem, &pin, &key, &err) == 0, "%s", err.text);
    ck_assert_msg(tpm_pin_try(key, &verdict, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return verdict;
}

static const struct {
    bool ec;
    unsigned size;
    const char *pin;
} kinds[] = {
    {false, 2048, "secret-12"},
    {true, 256, "secret"},
    {true, 384, "\xc3\xa5\xc3\xa4\xc3\xb6 123456"},
    {true, 521, "01234567890123456789012345678901"},
};

START_TEST(only_its_pin_opens_it)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *public = NULL;
    autobuf pem = {0};
    struct err err = {0};
    make(kinds[_i].ec, kinds[_i].size, kinds[_i].pin, &pem);
    ck_assert(key_asks_pin(&pem));
    ck_assert_int_eq(try(&pem, kinds[_i].pin), PIN_ACCEPTED);
    ck_assert_int_eq(try(&pem, "another"), PIN_WRONG);
    ck_assert_int_eq(try(&pem, kinds[_i].pin), PIN_ACCEPTED);

    ck_assert_int_eq(key_from_pem(&pem, &key, &err), -ERR_CONFIG);
    ck_assert_str_eq(err.text, "the key asks for its PIN");
    ck_assert_msg(key_public_from_pem(&pem, &public, &err) == 0, "%s", err.text);
    ck_assert(!tpm_holds(public));
    ck_assert_int_eq(EVP_PKEY_get_bits(public), (int)kinds[_i].size);
}
END_TEST

/* The TPM counts: a key made with noDA would be tried for ever. */
START_TEST(too_many_wrong_ones_lock)
{
    SWTPM(swtpm);
    autobuf pem = {0};
    make(true, 256, "secret", &pem);
    unsigned tries = 0;
    while (tries < TRIES_MAX && try(&pem, "guessed") == PIN_WRONG)
        tries++;
    ck_assert_uint_gt(tries, 0);
    ck_assert_uint_lt(tries, TRIES_MAX);
    ck_assert_int_eq(try(&pem, "secret"), PIN_LOCKED);
    ck_assert_int_eq(try(&pem, "secret"), PIN_LOCKED);
}
END_TEST

/* What is no try must cost none. */
START_TEST(what_does_not_count)
{
    SWTPM(swtpm);
    autobuf pem = {0};
    make(false, 2048, "secret", &pem);
    for (unsigned i = 0; i < 8; i++) {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *public = NULL;
        const struct buf wrong = pin_of("guessed"), brief = pin_of("12345");
        ck_assert_int_eq(key_from_pem(&pem, &key, NULL), -ERR_CONFIG);
        ck_assert_int_eq(key_public_from_pem(&pem, &public, NULL), 0);
        ck_assert_int_eq(key_from_pem_with_pin(&pem, &brief, &key, NULL), -ERR_CONFIG);
        ck_assert_int_eq(key_from_pem_with_pin(&pem, &wrong, &key, NULL), 0);
    }
    ck_assert_int_eq(try(&pem, "secret"), PIN_ACCEPTED);
}
END_TEST

static const char *const no_pins[] = {"", "12345", "012345678901234567890123456789012", "123456\n",
                                      "123456\xff"};

START_TEST(no_key_has_such_a_pin)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct buf pin = pin_of(no_pins[_i]);
    struct err err = {0};
    ck_assert_int_eq(tpm_generate_with_pin(true, 256, &pin, &key, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "PIN"));
    ck_assert_ptr_null(key);
}
END_TEST

START_TEST(a_key_that_asks_for_none)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *again = NULL;
    const struct buf pin = pin_of("secret");
    autobuf pem = {0};
    struct err err = {0};
    ck_assert_int_eq(tpm_generate(true, 256, &key, &err), 0);
    ck_assert_int_eq(key_to_pem(key, &pem, &err), 0);
    ck_assert(!key_asks_pin(&pem));
    ck_assert_int_eq(key_from_pem_with_pin(&pem, &pin, &again, &err), -ERR_CONFIG);
    ck_assert_str_eq(err.text, "the key asks for no PIN");
    ck_assert_int_eq(key_from_pem(&pem, &again, &err), 0);
}
END_TEST

static const struct {
    const char *der;
    size_t len;
    bool asks;
} headers[] = {
    {"\x30\x0d\x06\x01\x2a\xa0\x03\x01\x01\xff\x02\x01\x01\x04\x00", 15, false},
    {"\x30\x0d\x06\x01\x2a\xa0\x03\x01\x01\x00\x02\x01\x01\x04\x00", 15, true},
    {"\x30\x08\x06\x01\x2a\x02\x01\x01\x04\x00", 10, true}, /* absent is false */
    {"\x30\x0d\x06\x01\x2a\xa0\x03\x01\x01", 9, false},     /* no key at all, from here on */
    {"\x30\x80\x06\x01\x2a", 5, false},
    {"\x30\x84\xff\xff\xff\xff\x06\x01\x2a", 9, false},
    {"\x31\x03\x06\x01\x2a", 5, false},
    {"\x30\x00", 2, false},
    {"", 0, false},
};

START_TEST(the_head_of_a_key_tells)
{
    unsigned char copy[32];
    ck_assert_uint_le(headers[_i].len, sizeof copy);
    memcpy(copy, headers[_i].der, headers[_i].len);
    ck_assert_int_eq(tpm_pin_asked(copy, headers[_i].len), headers[_i].asks);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(a_tpm_that_hangs_up_is_no_verdict)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct buf pin = pin_of("secret");
    enum pin_verdict verdict = 0;
    struct err err = {0};
    ck_assert_int_eq(tpm_generate_with_pin(true, 256, &pin, &key, &err), 0);
    swtpm_kill(&swtpm);
    swtpm_expect_leak(true);
    ck_assert_int_eq(tpm_pin_try(key, &verdict, &err), -ERR_RETRY);
    swtpm_expect_leak(false);
    ck_assert_int_eq(verdict, 0);
}
END_TEST

Suite *tpm_pin_suite(void)
{
    Suite *s = suite_create("store/tpm_pin");
    TCase *c = tcase_create("pins");
    tcase_add_loop_test(c, only_its_pin_opens_it, 0, LENGTH(kinds));
    tcase_add_test(c, too_many_wrong_ones_lock);
    tcase_add_test(c, what_does_not_count);
    tcase_add_loop_test(c, no_key_has_such_a_pin, 0, LENGTH(no_pins));
    tcase_add_test(c, a_key_that_asks_for_none);
    tcase_add_loop_test(c, the_head_of_a_key_tells, 0, LENGTH(headers));
    tcase_add_test(c, a_tpm_that_hangs_up_is_no_verdict);
    suite_add_tcase(s, c);
    return s;
}
