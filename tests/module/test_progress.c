#include "module/progress.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *line;
    enum progress kind;
    const char *text;
} rows[] = {
    {"{\"progress\": \"contoso-user: asking http://ca.example/scep\"}", PROGRESS_STEP,
     "contoso-user: asking http://ca.example/scep"},
    {"{\"progress\":\"\"}", PROGRESS_STEP, ""},
    {" {\t\"progress\" : \"x\" } \r", PROGRESS_STEP, "x"},
    {"{\"progress\":\"\\\"\\\\\\/\"}", PROGRESS_STEP, "\"\\/"},
    {"{\"progress\":\"\\u00e5\\u00C4\\u20ac\\ud83d\\ude00\"}", PROGRESS_STEP, "åÄ€😀"},
    {"{\"result\": \"ok\"}", PROGRESS_OK, ""},
    {"{\"result\":\"ok\",\"entries\":[{\"profile\":\"x\"}]}", PROGRESS_OK, ""},
    {"{\"result\":\"error\",\"class\":\"retry\",\"message\":\"no answer\",\"entries\":[]}",
     PROGRESS_ERROR, "no answer"},
    {"{\"result\":\"error\",\"message\":\"no answer\"}", PROGRESS_ERROR, "no answer"},
    {"{\"result\":\"error\"}", PROGRESS_ERROR, ""},
    {"{\"result\":\"error\",\"entries\":[],\"message\":\"late\"}", PROGRESS_ERROR, ""},

    /* what would steer a terminal */
    {"{\"progress\":\"\\u001b[2Jgone\\u0007\"}", PROGRESS_STEP, "?[2Jgone?"},
    {"{\"progress\":\"a\\r\\nb\\tc\\bd\\fe\"}", PROGRESS_STEP, "a??b?c?d?e"},
    {"{\"progress\":\"\\u0000\\u007f\\u009b31m\"}", PROGRESS_STEP, "???31m"},
    {"{\"progress\":\"\\u202etxt\\u2066\\u200b\\ufeff\"}", PROGRESS_STEP, "?txt???"},
    {"{\"result\":\"error\",\"message\":\"\\u001b]0;x\\u0007\"}", PROGRESS_ERROR, "?]0;x?"},

    {"", PROGRESS_RUBBISH, ""},
    {"{", PROGRESS_RUBBISH, ""},
    {"{}", PROGRESS_RUBBISH, ""},
    {"HTTP/1.1 400 Bad Request", PROGRESS_RUBBISH, ""},
    {"[\"progress\",\"x\"]", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x\"", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x\"}}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x\"} x", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x\",\"more\":\"y\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"x\",}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":7}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":null}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":{\"progress\":\"x\"}}", PROGRESS_RUBBISH, ""},
    {"{\"Progress\":\"x\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress-and-more-of-it\":\"x\"}", PROGRESS_RUBBISH, ""},
    {"{'progress':'x'}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\x1b[2J\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\xc3\xa5\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\x41\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\u12\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\u12g4\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\ud83d\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\ud83d\\u0041\"}", PROGRESS_RUBBISH, ""},
    {"{\"progress\":\"\\ude00\"}", PROGRESS_RUBBISH, ""},
    {"{\"result\":\"okay\"}", PROGRESS_RUBBISH, ""},
    {"{\"result\":\"a word longer than any\"}", PROGRESS_RUBBISH, ""},
    {"{\"result\":\"ok\"", PROGRESS_RUBBISH, ""},
    {"{\"result\":\"ok\" x", PROGRESS_RUBBISH, ""},
    {"{\"result\":true}", PROGRESS_RUBBISH, ""},
};

START_TEST(reads_lines)
{
    char text[PROGRESS_TEXT_MAX];
    ck_assert_int_eq(progress_parse(rows[_i].line, strlen(rows[_i].line), text), rows[_i].kind);
    ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

/* Every beginning of every line, in memory that ends where the line does. */
START_TEST(never_reads_past_the_end)
{
    size_t len = strlen(rows[_i].line);
    for (size_t n = 0; n < len; n++) {
        char text[PROGRESS_TEXT_MAX];
        autofree char *exact = malloc(n ? n : 1);
        memcpy(exact, rows[_i].line, n);
        ck_assert(progress_parse(exact, n, text) != PROGRESS_STEP || rows[_i].line[n - 1] == '}' ||
                  rows[_i].line[n - 1] == ' ');
    }
}
END_TEST

START_TEST(a_zero_byte_is_rubbish)
{
    static const char line[] = "{\"progress\":\"a\0b\"}";
    char text[PROGRESS_TEXT_MAX];
    ck_assert_int_eq(progress_parse(line, sizeof line - 1, text), PROGRESS_RUBBISH);
}
END_TEST

START_TEST(cuts_between_characters)
{
    char line[8192] = "{\"progress\":\"x", text[PROGRESS_TEXT_MAX];
    for (int i = 0; i < 600; i++)
        strcat(line, "\\u00e5");
    strcat(line, "\"}");
    ck_assert_int_eq(progress_parse(line, strlen(line), text), PROGRESS_STEP);
    ck_assert_uint_eq(strlen(text), PROGRESS_TEXT_MAX - 1);
    ck_assert_str_eq(text + strlen(text) - 2, "å");
}
END_TEST

Suite *progress_suite(void)
{
    Suite *suite = suite_create("module/progress");
    TCase *tc = tcase_create("progress");
    tcase_add_loop_test(tc, reads_lines, 0, LENGTH(rows));
    tcase_add_loop_test(tc, never_reads_past_the_end, 0, LENGTH(rows));
    tcase_add_test(tc, a_zero_byte_is_rubbish);
    tcase_add_test(tc, cuts_between_characters);
    suite_add_tcase(suite, tc);
    return suite;
}
