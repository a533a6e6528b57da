#include "import/label.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *title;
    unsigned number;
    const char *expected;
} rows[] = {
    {"Contoso User", 1, "contoso-user"},
    {"Contoso Wi-Fi (Gäste)", 1, "contoso-wi-fi-gaste"},
    {"ÅÄÖ éÿß", 1, "aao-eys"},
    {"v1.2_final", 1, "v1.2_final"},
    {"Contoso User", 2, "contoso-user-2"},
    {"aaaaaaaaaabbbbbbbbbbccccccccccddddd", 1, "aaaaaaaaaabbbbbbbbbbccccccccccdd"},
    {"aaaaaaaaaabbbbbbbbbbccccccccccddddd", 12, "aaaaaaaaaabbbbbbbbbbccccccccc-12"},
    {"aaaaaaaaaabbbbbbbbbbccccccccc - x", 1, "aaaaaaaaaabbbbbbbbbbccccccccc-x"},

    {"", 1, "profile"},
    {"", 3, "profile-3"},
    {"...", 1, "profile"},
    {"---", 1, "profile"},
    {"日本語", 1, "profile"},
    {"../../etc/passwd", 1, "etc-passwd"},
    {".hidden", 1, "hidden"},
    {"a..b", 1, "a.b"},
    {"a]\n[scep b", 1, "a-scep-b"},
    {"a\x1b[2Jb", 1, "a-2jb"},
    {"\xff\xfe a", 1, "a"},
    {"a\xc3", 1, "a"},
    {"a\xe2\x80\xae"
     "b",
     1, "a-b"},
};

START_TEST(makes)
{
    char name[TEXT_NAME_MAX + 1];
    label_make(rows[_i].title, rows[_i].number, name);
    ck_assert_str_eq(name, rows[_i].expected);
    ck_assert(text_is_name(name));
}
END_TEST

/* Whatever the bytes are. */
START_TEST(is_always_a_name)
{
    unsigned state = 1;
    for (int i = 0; i < 20000; i++) {
        char title[24], name[TEXT_NAME_MAX + 1];
        for (size_t k = 0; k < sizeof title - 1; k++) {
            state = state * 1103515245 + 12345;
            title[k] = (char)(1 + (state >> 16) % 255);
        }
        title[sizeof title - 1] = 0;
        label_make(title, (unsigned)i, name);
        ck_assert_msg(text_is_name(name), "%s", name);
    }
}
END_TEST

Suite *label_suite(void)
{
    Suite *suite = suite_create("import/label");
    TCase *tc = tcase_create("label");
    tcase_add_loop_test(tc, makes, 0, LENGTH(rows));
    tcase_add_test(tc, is_always_a_name);
    suite_add_tcase(suite, tc);
    return suite;
}
