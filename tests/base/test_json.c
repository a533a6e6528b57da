#include "base/json.h"

#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *text;
    const char *error; /* NULL: good */
} rows[] = {
    {"{}", NULL},
    {"{\"a\":[[[[1]]]],\"b\":\"[[[[[[[[[[[[[[[[[[[[[[[[\"}", NULL},
    {"{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[\"}", NULL},
    {"", "what"},
    {"[]", "not a JSON object"},
    {"\"x\"", "what"},
    {"{\"a\":1,\"a\":2}", "duplicate"},
    {"{\"a\":1}x", "what"},
    {"{\"a\":\"\xff\"}", "what"},
    {"{\"a\":\"\\u0000\"}", "what"},
    {"{\"a\":1e999}", "what"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "levels"},
    {"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"
     "\"a\":{\"a\":{\"a\":{",
     "levels"},
};

START_TEST(parses_objects_only)
{
    autojson *value = NULL;
    struct err err;
    int rc = json_parse(rows[_i].text, strlen(rows[_i].text), "what", &value, &err);
    if (!rows[_i].error) {
        ck_assert_msg(rc == 0, "%s", err.text);
        return;
    }
    ck_assert_int_eq(rc, -ERR_CONFIG);
    ck_assert_msg(strncmp(err.text, "what: ", 6) == 0 && strstr(err.text, rows[_i].error), "%s",
                  err.text);
    ck_assert_ptr_null(value);
}
END_TEST

START_TEST(members_of_another_type_are_absent)
{
    const char text[] = "{\"t\":\"x\",\"n\":7,\"f\":true,\"r\":1.5}";
    autojson *value = NULL;
    ck_assert_int_eq(json_parse(text, strlen(text), "what", &value, NULL), 0);
    ck_assert_str_eq(json_text(value, "t", ""), "x");
    ck_assert_str_eq(json_text(value, "n", "none"), "none");
    ck_assert_int_eq(json_number(value, "n", 0), 7);
    ck_assert_int_eq(json_number(value, "r", -1), -1);
    ck_assert_int_eq(json_number(value, "missing", -1), -1);
    ck_assert(json_flag(value, "f", false));
    ck_assert(!json_flag(value, "t", false));
}
END_TEST

START_TEST(prints_one_line_of_ascii)
{
    autojson *value = json_pack("{s:s}", "a", "x\n\xc3\xa9");
    autobuf text = {0};
    ck_assert_int_eq(json_print(value, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), "{\"a\":\"x\\n\\u00E9\"}");
}
END_TEST

START_TEST(works_as_before_with_what_is_freed_wiped)
{
    static const char text[] = "{\"pin\":\"secret\",\"list\":[1,2,3]}";
    json_malloc_t allocate;
    json_free_t release;
    json_wipe_freed();
    json_get_alloc_funcs(&allocate, &release);
    ck_assert(release != free);
    release(NULL);
    for (unsigned i = 0; i < 3; i++) {
        autojson *value = NULL;
        autobuf again = {0};
        ck_assert_int_eq(json_parse(text, strlen(text), "what", &value, NULL), 0);
        ck_assert_int_eq(json_print(value, &again, NULL), 0);
        ck_assert_str_eq(buf_text(&again), text);
    }
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("base/json");
    TCase *tc = tcase_create("json");
    tcase_add_loop_test(tc, parses_objects_only, 0, LENGTH(rows));
    tcase_add_test(tc, members_of_another_type_are_absent);
    tcase_add_test(tc, prints_one_line_of_ascii);
    tcase_add_test(tc, works_as_before_with_what_is_freed_wiped);
    suite_add_tcase(suite, tc);
    return suite;
}
