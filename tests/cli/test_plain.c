#include "cli/plain.h"

#include "tests/suite.h"

#include <locale.h>

static const struct {
    const char *text, *utf8, *ascii;
    unsigned width; /* of the UTF-8 form */
} rows[] = {
    {"", "", "", 0},
    {"CN=alice,O=Contoso", "CN=alice,O=Contoso", "CN=alice,O=Contoso", 18},
    {"Åsa", "Åsa", "?sa", 3},
    {"日本", "日本", "??", 4},
    {"e\u0301", "e\u0301", "e?", 1},
    {"😀", "😀", "?", 2},

    {"\033[2J\033]0;owned\007", "?[2J?]0;owned?", "?[2J?]0;owned?", 14},
    {"a\nb\rc\td\x7f", "a?b?c?d?", "a?b?c?d?", 8},
    {"\xc2\x9b"
     "31mred",
     "?31mred", "?31mred", 7},
    {"\u202egnp.exe\u2066", "?gnp.exe?", "?gnp.exe?", 9},
    {"zero\u200bwidth\ufeff", "zero?width?", "zero?width?", 11},
    {"soft\u00adhyphen", "soft?hyphen", "soft?hyphen", 11},
    {"\u2028line", "?line", "?line", 5},
    {"tag\U000e0041", "tag?", "tag?", 4},
    {"\xc3", "?", "?", 1},
    {"\xc3(", "?(", "?(", 2},
    {"\xff\xfe\xfd", "???", "???", 3},
    {"\xc0\xaf", "??", "??", 2},             /* overlong */
    {"\xed\xa0\x80", "???", "???", 3},       /* surrogate */
    {"\xf4\x90\x80\x80", "????", "????", 4}, /* past the end of Unicode */
    {"\xe2\x82", "??", "??", 2},             /* torn */
};

START_TEST(makes_text_plain)
{
    autobuf utf8 = {0}, ascii = {0};
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    ck_assert_int_eq(plain_add(rows[_i].text, true, &utf8, NULL), 0);
    ck_assert_int_eq(plain_add(rows[_i].text, false, &ascii, NULL), 0);
    ck_assert_str_eq(buf_text(&utf8), rows[_i].utf8);
    ck_assert_str_eq(buf_text(&ascii), rows[_i].ascii);
    ck_assert_uint_eq(plain_width(buf_text(&utf8)), rows[_i].width);
}
END_TEST

static const struct {
    const char *text;
    unsigned width;
    size_t bytes;
} cuts[] = {
    {"abc", 2, 2},  {"abc", 3, 3},  {"abc", 9, 3}, {"abc", 0, 0},      {"日本", 1, 0},
    {"日本", 2, 3}, {"日本", 3, 3}, {"åäö", 2, 4}, {"e\u0301x", 1, 3}, {"", 5, 0},
};

START_TEST(fits_whole_characters)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    ck_assert_uint_eq(plain_fit(cuts[_i].text, cuts[_i].width), cuts[_i].bytes);
}
END_TEST

Suite *plain_suite(void)
{
    Suite *suite = suite_create("cli/plain");
    TCase *tc = tcase_create("plain");
    tcase_add_loop_test(tc, makes_text_plain, 0, LENGTH(rows));
    tcase_add_loop_test(tc, fits_whole_characters, 0, LENGTH(cuts));
    suite_add_tcase(suite, tc);
    return suite;
}
