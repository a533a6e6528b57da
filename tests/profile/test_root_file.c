#include "profile/root_file.h"

#include "base/text.h"
#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>

static char *join(const char *a, const char *b, const char *c)
{
    return text_format("%s%s%s", a, b, c);
}

/* NULL for "accepted", else the error. */
static char *refused(const void *data, size_t len, struct buf *der)
{
    struct err err = {0};
    return root_file_decode(data, len, der, &err) < 0 ? strdup(err.text) : NULL;
}

START_TEST(takes_pem_and_der)
{
    autobuf der = {0}, again = {0};
    ck_assert_ptr_null(refused(test_ca_pem, strlen(test_ca_pem), &der));
    ck_assert_uint_eq(der.data[0], 0x30);
    ck_assert_ptr_null(refused(der.data, der.len, &again));
    ck_assert(buf_equal(&der, &again));
    autofree char *text = join("0 s:/CN=x\n\xff\n", test_ca_pem, "trailing words\n");
    ck_assert_ptr_null(refused(text, strlen(text), &again));
    ck_assert(buf_equal(&der, &again));
}
END_TEST

#define KEY   "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
#define CHAIN "-----BEGIN CERTIFICATE-----\n"

static const struct {
    const char *text, *error;
} rows[] = {
    {"", "holds no certificate"},
    {"hello", "holds no certificate"},
    {"0", "holds no certificate"},
    {"<html>", "holds no certificate"},
    {KEY, "holds a private key"},
    {"-----BEGIN ", "holds 0 certificates"},
    {"-----BEGIN -----", "holds 0 certificates"},
    {"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
     "holds 0 certificates"},
    {"-----BEGIN TRUSTED CERTIFICATE-----\nMAA=\n-----END TRUSTED CERTIFICATE-----\n",
     "holds 0 certificates"},
    {CHAIN, "holds no certificate"},
    {CHAIN "MAA", "cut short"},
    {CHAIN "MA==\n", "holds no certificate"},
    {CHAIN "M===\n", "cut short"},
    {CHAIN "====\n", "cut short"},
    {CHAIN "MA=A\n", "no base64"},
    {CHAIN "M*AA\n", "no base64"},
    {CHAIN "MAA=\n-----END CERTIFICATE-----\n", "something other than a certificate"},
    {CHAIN "MAkGByqGSIb3AQI=\n-----END CERTIFICATE-----\n", "PKCS#7 bundle"},
};

START_TEST(refuses)
{
    autobuf der = {0};
    autofree char *error = refused(rows[_i].text, strlen(rows[_i].text), &der);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(error, rows[_i].error), "%s", error);
    ck_assert_ptr_null(der.data);
}
END_TEST

START_TEST(wants_exactly_one_ca)
{
    autobuf der = {0};
    autofree char *leaf = refused(test_leaf_pem, strlen(test_leaf_pem), &der);
    ck_assert_msg(leaf && strstr(leaf, "is no CA certificate"), "%s", leaf);
    autofree char *two = join(test_ca_pem, test_leaf_pem, ""),
                  *with_key = join(test_ca_pem, KEY, "");
    autofree char *two_error = refused(two, strlen(two), &der);
    ck_assert_msg(two_error && strstr(two_error, "holds 2 certificates"), "%s", two_error);
    autofree char *key_error = refused(with_key, strlen(with_key), &der);
    ck_assert_msg(key_error && strstr(key_error, "private key"), "%s", key_error);
}
END_TEST

/* Every prefix, every changed length byte: an answer, and never a step outside of the bytes. */
START_TEST(survives_damage)
{
    autobuf der = {0}, out = {0};
    ck_assert_ptr_null(refused(test_ca_pem, strlen(test_ca_pem), &der));
    for (size_t len = 0; len < der.len; len++) {
        autofree uint8_t *exact = malloc(len ? len : 1);
        memcpy(exact, der.data, len);
        free(refused(exact, len, &out));
        ck_assert_ptr_null(out.data);
    }
    static const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xff};
    for (size_t i = 0; i < der.len * LENGTH(bytes); i++) {
        autofree uint8_t *exact = malloc(der.len);
        memcpy(exact, der.data, der.len);
        exact[i / LENGTH(bytes)] = bytes[i % LENGTH(bytes)];
        free(refused(exact, der.len, &out));
    }
    ck_assert_int_eq(buf_add(&der, "", 1, NULL), 0);
    autofree char *error = refused(der.data, der.len, &out);
    ck_assert_msg(error && strstr(error, "more than one"), "%s", error);
}
END_TEST

Suite *root_file_suite(void)
{
    Suite *suite = suite_create("profile/root_file");
    TCase *tc = tcase_create("certificate");
    tcase_add_test(tc, takes_pem_and_der);
    tcase_add_loop_test(tc, refuses, 0, LENGTH(rows));
    tcase_add_test(tc, wants_exactly_one_ca);
    tcase_add_test(tc, survives_damage);
    suite_add_tcase(suite, tc);
    return suite;
}
