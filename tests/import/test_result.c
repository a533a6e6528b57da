#include "import/result.h"

#include "tests/suite.h"

#include <string.h>

static void decode(const char *text, int rc, const char *error)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    autobuf answer = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&answer, text, NULL), 0);
    int got = import_result_decode(&answer, &result, &err);
    ck_assert_msg(got == rc, "%s: %d %s", text, got, err.text);
    ck_assert_msg(rc == 0 || strstr(err.text, error), "%s: %s", text, err.text);
    ck_assert_msg(rc == 0 || result.n == 0, "%s: an output on failure", text);
}

START_TEST(comes_back_as_it_went)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    CLEANUP(import_result_free) struct import_result back = {0};
    autobuf text = {0};
    struct err err;
    import_result_add(&result, IMPORT_CONF, "a", "[scep a]\nend - 0\n", 17, NULL);
    import_result_add(&result, IMPORT_ANCHOR, "b.2_x-", "\0\n\xff", 3, NULL);
    import_result_add(&result, IMPORT_SECRET, "c", "", 0, NULL);
    import_result_line(&result, IMPORT_NOTE, "d", "e", NULL, "%s", "two\nlines\x1b[2J");
    import_result_line(&result, IMPORT_FAULT, NULL, NULL, NULL, "f");
    ck_assert_int_eq(import_result_encode(&result, &text, NULL), 0);
    ck_assert_msg(import_result_decode(&text, &back, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(back.n, result.n);
    for (size_t i = 0; i < back.n; i++) {
        ck_assert_int_eq(back.v[i].kind, result.v[i].kind);
        ck_assert_str_eq(back.v[i].name, result.v[i].name);
        ck_assert(buf_equal(&back.v[i].data, &result.v[i].data));
    }
    ck_assert_str_eq(buf_text(&back.v[3].data), "d: e: two?lines?[2J");
    ck_assert_str_eq(buf_text(&back.v[4].data), "f");

    /* Cut off anywhere, it is none. */
    for (size_t len = 0; len < text.len; len++) {
        struct buf part = {.data = text.data, .len = len};
        ck_assert_msg(import_result_decode(&part, &back, NULL) < 0, "%zu bytes", len);
    }
}
END_TEST

static const struct {
    const char *text;
    int rc;
    const char *error;
} rows[] = {
    {"end - 0\n\n", 0, NULL},
    {"note - 2\nhi\nend - 0\n\n", 0, NULL},
    {"config - 3\nbad\n", -ERR_CONFIG, "bad"},
    {"resource - 4\nmuch\n", -ERR_RESOURCE, "much"},
    {"note - 2\nhi\ndenied - 2\nno\n", -ERR_DENIED, "no"},

    {"", -ERR_BUG, "not of its form"},
    {"end\n", -ERR_BUG, "not of its form"},
    {"end - 0\n", -ERR_BUG, "not of its form"},
    {"end - 0\n\nmore", -ERR_BUG, "not of its form"},
    {"end - -1\n\n", -ERR_BUG, "not of its form"},
    {"end - 99999999999999999999\n\n", -ERR_BUG, "not of its form"},
    {"note - 18446744073709551615\nhi\n", -ERR_BUG, "not of its form"},
    {"note - 3\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"note - 2 \nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"note - 2x\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"note 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"notes - 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"conf - 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"conf ../x 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"conf .x 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"anchor a/b 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"secret aaaaaaaaaabbbbbbbbbbccccccccccddd 2\nhi\nend - 0\n\n", -ERR_BUG, "not of its form"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa - "
     "0\n\n",
     -ERR_BUG, "not of its form"},
};

START_TEST(reads)
{
    decode(rows[_i].text, rows[_i].rc, rows[_i].error);
}
END_TEST

START_TEST(errors_keep_their_class)
{
    for (enum err_class class = ERR_RETRY; err_class_name(class); class ++) {
        CLEANUP(import_result_free) struct import_result result = {0};
        autobuf text = {0};
        struct err why, err;
        err_set(&why, class, "what is wrong");
        ck_assert_int_eq(import_error_encode(&why, &text, NULL), 0);
        ck_assert_int_eq(import_result_decode(&text, &result, &err), -(int)class);
        ck_assert_str_eq(err.text, "what is wrong");
    }
}
END_TEST

START_TEST(lines_end_somewhere)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    for (int i = 0; i < 10 * IMPORT_LINES_MAX; i++)
        ck_assert_int_eq(import_result_line(&result, IMPORT_NOTE, NULL, NULL, NULL, "%d", i), 0);
    ck_assert_uint_eq(result.n, IMPORT_LINES_MAX + 1);
    ck_assert_ptr_nonnull(strstr(buf_text(&result.v[result.n - 1].data), "more than"));
}
END_TEST

Suite *import_result_suite(void)
{
    Suite *suite = suite_create("import/result");
    TCase *tc = tcase_create("result");
    tcase_add_test(tc, comes_back_as_it_went);
    tcase_add_loop_test(tc, reads, 0, LENGTH(rows));
    tcase_add_test(tc, errors_keep_their_class);
    tcase_add_test(tc, lines_end_somewhere);
    suite_add_tcase(suite, tc);
    return suite;
}
