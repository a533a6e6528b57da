#include "base/text.h"

#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *text;
    int64_t min, max;
    bool good;
    int64_t value;
} numbers[] = {
    {"0", 0, 9, true, 0},
    {"9", 0, 9, true, 9},
    {"10", 0, 9, false, 0},
    {"-1", -1, 9, true, -1},
    {"-1", 0, 9, false, 0},
    {"", 0, 9, false, 0},
    {"-", -9, 9, false, 0},
    {"+1", 0, 9, false, 0},
    {" 1", 0, 9, false, 0},
    {"1 ", 0, 9, false, 0},
    {"0x1", 0, 9, false, 0},
    {"1e0", 0, 9, false, 0},
    {"007", 0, 9, true, 7},
    {"1\n", 0, 9, false, 0},
    {"9223372036854775808", 0, INT64_MAX, false, 0},
    {"9223372036854775807", 0, INT64_MAX, true, INT64_MAX},
    {"--1", -9, 9, false, 0},
};

START_TEST(reads_numbers)
{
    int64_t value = 42;
    ck_assert(text_number(numbers[_i].text, numbers[_i].min, numbers[_i].max, &value) ==
              numbers[_i].good);
    ck_assert_int_eq(value, numbers[_i].good ? numbers[_i].value : 42);
}
END_TEST

static const struct {
    const char *plain, *base64, *percent;
} encodings[] = {
    {"", "", ""},
    {"f", "Zg==", "f"},
    {"fo", "Zm8=", "fo"},
    {"foo", "Zm9v", "foo"},
    {"foob", "Zm9vYg==", "foob"},
    {"a b", "YSBi", "a%20b"},
    {"+/=?&", "Ky89PyY=", "%2B%2F%3D%3F%26"},
    {"\xff\xfe", "//4=", "%FF%FE"},
    {"-._~", "LS5ffg==", "-._~"},
    {"%41\n", "JTQxCg==", "%2541%0A"},
};

START_TEST(encodes)
{
    autobuf base64 = {0}, percent = {0};
    const char *plain = encodings[_i].plain;
    ck_assert_int_eq(text_base64(plain, strlen(plain), &base64, NULL), 0);
    ck_assert_int_eq(text_percent(plain, strlen(plain), &percent, NULL), 0);
    ck_assert_str_eq(buf_text(&base64), encodings[_i].base64);
    ck_assert_str_eq(buf_text(&percent), encodings[_i].percent);
}
END_TEST

START_TEST(a_zero_byte_is_percent_escaped)
{
    autobuf percent = {0};
    ck_assert_int_eq(text_percent("a\0b", 3, &percent, NULL), 0);
    ck_assert_str_eq(buf_text(&percent), "a%00b");
}
END_TEST

static const struct {
    const char *text, *json;
} strings_in_json[] = {
    {"", "\"\""},
    {"alice", "\"alice\""},
    {"CORP\\al\"ice", "\"CORP\\\\al\\\"ice\""},
    {"a\n\x7f\x01", "\"a\\u000a\\u007f\\u0001\""},
    {"\xc3\xa9\xe2\x80\xae", "\"\\u00e9\\u202e\""},
    {"\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", "\"\\ud83d\\ude00\\udbff\\udfff\""},
    {"\xff\xc3", "\"\\ufffd\\ufffd\""},
};

START_TEST(writes_json)
{
    autobuf out = {0};
    ck_assert_int_eq(text_json(strings_in_json[_i].text, &out, NULL), 0);
    ck_assert_str_eq(buf_text(&out), strings_in_json[_i].json);
}
END_TEST

START_TEST(writes_hex)
{
    char hex[9];
    text_hex("\x00\x7f\xff\x0a", 4, hex);
    ck_assert_str_eq(hex, "007fff0a");
    text_hex("", 0, hex);
    ck_assert_str_eq(hex, "");
}
END_TEST

static const struct {
    const char *text;
    size_t len;
    bool good;
} utf8[] = {
    {"", 0, true},
    {"abc", 3, true},
    {"\xc3\xa9", 2, true},
    {"\xe2\x80\xae", 3, true}, /* right-to-left override: well-formed, if unwelcome */
    {"\xf0\x9f\x98\x80", 4, true},
    {"\xf4\x8f\xbf\xbf", 4, true},  /* U+10FFFF */
    {"\xf4\x90\x80\x80", 4, false}, /* one past it */
    {"a\0b", 3, false},
    {"\xc3", 1, false},
    {"\xc3(", 2, false},
    {"\xa9", 1, false},
    {"\xc0\xaf", 2, false}, /* overlong '/' */
    {"\xe0\x80\xaf", 3, false},
    {"\xf0\x80\x80\xaf", 4, false},
    {"\xed\xa0\x80", 3, false}, /* a surrogate */
    {"\xf8\x88\x80\x80\x80", 5, false},
    {"\xff", 1, false},
    {"\xe2\x80", 2, false},
};

START_TEST(knows_utf8)
{
    ck_assert(text_is_utf8(utf8[_i].text, utf8[_i].len) == utf8[_i].good);
}
END_TEST

static const struct {
    const char *text, *trimmed;
} blanks[] = {
    {"", ""}, {"  ", ""}, {" a", "a"}, {"a\t\r\n", "a"}, {" a b ", "a b"}, {"\n\n", ""},
};

START_TEST(trims)
{
    char text[16];
    strcpy(text, blanks[_i].text);
    ck_assert_str_eq(text_trim(text), blanks[_i].trimmed);
}
END_TEST

START_TEST(keeps_lists)
{
    CLEANUP(strings_free) struct strings list = {0};
    ck_assert_int_eq(strings_unite(&list, NULL), 0);
    ck_assert(!strings_contain(&list, "a"));
    ck_assert_int_eq(strings_add(&list, "a", NULL), 0);
    ck_assert_int_eq(strings_add(&list, "", NULL), 0);
    ck_assert(strings_contain(&list, "a") && strings_contain(&list, "") &&
              !strings_contain(&list, "A"));
    ck_assert_uint_eq(list.n, 2);

    static const char *const more[] = {"b", "a", "", "c", "b", "a"};
    for (size_t i = 0; i < LENGTH(more); i++)
        ck_assert_int_eq(strings_add(&list, more[i], NULL), 0);
    ck_assert_int_eq(strings_unite(&list, NULL), 0);
    ck_assert_uint_eq(list.n, 4);
    ck_assert_str_eq(list.v[0], "a");
    ck_assert_str_eq(list.v[1], "");
    ck_assert_str_eq(list.v[2], "b");
    ck_assert_str_eq(list.v[3], "c");
    for (size_t i = 0; i < LENGTH(more); i++) /* and there is room again */
        ck_assert_int_eq(strings_add(&list, more[i], NULL), 0);
    ck_assert_uint_eq(list.n, 10);

    CLEANUP(strings_free) struct strings copy = {0};
    ck_assert_int_eq(strings_add_all(&copy, &copy, NULL), 0); /* of none */
    ck_assert_int_eq(strings_add_all(&copy, &list, NULL), 0);
    ck_assert_uint_eq(copy.n, 10);
    for (size_t i = 0; i < copy.n; i++) {
        ck_assert_str_eq(copy.v[i], list.v[i]);
        ck_assert_ptr_ne(copy.v[i], list.v[i]);
    }
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("base/text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, reads_numbers, 0, LENGTH(numbers));
    tcase_add_loop_test(tc, encodes, 0, LENGTH(encodings));
    tcase_add_test(tc, a_zero_byte_is_percent_escaped);
    tcase_add_loop_test(tc, writes_json, 0, LENGTH(strings_in_json));
    tcase_add_test(tc, writes_hex);
    tcase_add_loop_test(tc, knows_utf8, 0, LENGTH(utf8));
    tcase_add_loop_test(tc, trims, 0, LENGTH(blanks));
    tcase_add_test(tc, keeps_lists);
    suite_add_tcase(suite, tc);
    return suite;
}
