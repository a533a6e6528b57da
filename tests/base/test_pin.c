#include "base/pin.h"

#include "tests/suite.h"

#include <string.h>

#define A31 "0123456789012345678901234567890"

static const struct {
    const char *text;
    size_t len;
    enum pin_verdict verdict;
    const char *said; /* NULL: nothing */
} rows[] = {
    {"123456", 6, PIN_ACCEPTED, NULL},
    {"a b c!", 6, PIN_ACCEPTED, NULL},
    {A31 "x", 32, PIN_ACCEPTED, NULL},
    {"\xc3\xa5\xc3\xa4\xc3\xb6\xc3\xa5\xc3\xa4\xc3\xb6", 12, PIN_ACCEPTED, NULL},
    {"", 0, PIN_LENGTH, "too short"},
    {"12345", 5, PIN_LENGTH, "too short"},
    {"\xc3\xa5\xc3\xa4\xc3\xb6", 6, PIN_LENGTH, "too short"}, /* three characters */
    {A31 "xx", 33, PIN_LENGTH, "too long"},
    {"12345\0", 6, PIN_WRONG, "holds a zero byte"},
    {"\0\0\0\0\0\0", 6, PIN_WRONG, "holds a zero byte"},
    {"123456\n", 7, PIN_WRONG, "holds a control character"},
    {"1234567\r", 8, PIN_WRONG, "holds a control character"},
    {"123456\x1b[2J", 10, PIN_WRONG, "holds a control character"},
    {"12345678\x7f", 9, PIN_WRONG, "holds a control character"},
    {"123456\xff", 7, PIN_WRONG, "is not UTF-8"},
    {"1234567\xc3", 8, PIN_WRONG, "is not UTF-8"},
};

START_TEST(can_it_be_one)
{
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)rows[_i].text, .len = rows[_i].len};
    struct err err = {0};
    ck_assert_int_eq(pin_look(&pin), rows[_i].verdict);
    ck_assert_int_eq(pin_check(&pin, &err), rows[_i].said ? -ERR_CONFIG : 0);
    if (rows[_i].said)
        ck_assert_msg(strstr(err.text, rows[_i].said), "%s", err.text);
    if (rows[_i].said && rows[_i].len > 3)
        ck_assert_msg(!strstr(err.text, "1234"), "%s", err.text);
}
END_TEST

START_TEST(one_without_end)
{
    autobuf pin = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_reserve(&pin, 64 * 1024, NULL), 0);
    memset(pin.data, '1', pin.len = 64 * 1024);
    ck_assert_int_eq(pin_look(&pin), PIN_LENGTH);
    ck_assert_int_eq(pin_check(&pin, &err), -ERR_CONFIG);
}
END_TEST

Suite *pin_suite(void)
{
    Suite *s = suite_create("base/pin");
    TCase *c = tcase_create("pin");
    tcase_add_loop_test(c, can_it_be_one, 0, LENGTH(rows));
    tcase_add_test(c, one_without_end);
    suite_add_tcase(s, c);
    return s;
}
