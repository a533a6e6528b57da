#include "agent/webhook.h"

#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *body, *challenge, *error; /* one of them */
} answers[] = {
    {"{\"challenge\": \"hunter 2\"}", "hunter 2", NULL},
    {" \r\n{\"challenge\":\"h\\u00e5\",\"other\":[1]}\n", "h\xc3\xa5", NULL},
    {"hunter2", "hunter2", NULL},
    {"  hunter 2\r\n", "hunter 2", NULL},
    {"\"hunter2\"", "\"hunter2\"", NULL},
    {"{\"challenge\":\"\"}", "", NULL}, /* for challenge_check() to refuse */
    {"", NULL, "answered with nothing"},
    {" \r\n\t", NULL, "answered with nothing"},
    {"{\"challenge\":7}", NULL, "no text \"challenge\""},
    {"{\"challenge\":null}", NULL, "no text \"challenge\""},
    {"{\"Challenge\":\"hunter2\"}", NULL, "no text \"challenge\""},
    {"{}", NULL, "no text \"challenge\""},
    {"{\"challenge\":\"hunter2\"", NULL, "no JSON object"},
    {"{\"challenge\":\"hunter2\"} x", NULL, "no JSON object"},
    {"{\"challenge\":\"hunter2\",\"challenge\":\"x\"}", NULL, "no JSON object"},
    {"{\"challenge\":hunter2}", NULL, "no JSON object"},
    {"{\"challenge\":\"hunter2\\u0000\"}", NULL, "no JSON object"},
    {"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{", NULL, "no JSON object"},
    {"hunter2\nhunter3", NULL, "neither"},
    {"<html>hunter2</html>", NULL, "neither"},
};

START_TEST(takes_one_text)
{
    autobuf body = {0}, challenge = {0};
    struct err err;
    buf_add_text(&body, answers[_i].body, NULL);
    int rc = webhook_challenge(&body, &challenge, &err);
    if (answers[_i].challenge) {
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_str_eq(buf_text(&challenge), answers[_i].challenge);
        return;
    }
    ck_assert_int_eq(rc, -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, answers[_i].error), "%s", err.text);
    ck_assert_msg(!strstr(err.text, "hunter"), "%s", err.text);
    ck_assert_uint_eq(challenge.len, 0);
}
END_TEST

Suite *webhook_suite(void)
{
    Suite *suite = suite_create("agent/webhook");
    TCase *tc = tcase_create("webhook");
    tcase_add_loop_test(tc, takes_one_text, 0, LENGTH(answers));
    suite_add_tcase(suite, tc);
    return suite;
}
