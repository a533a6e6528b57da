#include "cli/entries.h"

#include "tests/cli/json.h"

static const struct {
    struct cli cli;
    int rc;
    const char *request;
} requests[] = {
    {{0}, 0, "{\"op\":\"list\"}"},
    {{.profile = "wifi"}, 0, "{\"op\":\"list\",\"profile\":\"wifi\"}"},
    {{.whose = WHOSE_DEVICE}, 0, "{\"op\":\"list\",\"uid\":-1}"},
    {{.whose = WHOSE_USER, .uid = 0}, 0, "{\"op\":\"list\",\"uid\":0}"},
    {{.whose = WHOSE_USER, .uid = 4294967294}, 0, "{\"op\":\"list\",\"uid\":4294967294}"},
    {{.profile = "a\"},{\n"}, 0, "{\"op\":\"list\",\"profile\":\"a\\\"},{\\n\"}"},
    {{.profile = "\xff"}, -ERR_CONFIG, ""},
};

START_TEST(makes_requests)
{
    autojson *request = NULL;
    autobuf text = {0};
    ck_assert_int_eq(entries_request(&requests[_i].cli, "list", &request, NULL), requests[_i].rc);
    if (request)
        ck_assert_int_eq(json_print(request, &text, NULL), 0);
    ck_assert_str_eq(buf_text(&text), requests[_i].request);
}
END_TEST

static const struct {
    const char *result;
    size_t left;
} tags[] = {
    {"{'entries':[{'scope_tags':['a','b']},{'scope_tags':['b']},{'scope_tags':['a']}]}", 2},
    {"{'entries':[{'scope_tags':[]},{},{'scope_tags':'a'},{'scope_tags':[7,['a']]},7]}", 0},
    {"{'entries':[]}", 0},
    {"{'entries':{'scope_tags':['a']}}", 0},
    {"{}", 0},
};

START_TEST(keeps_entries_with_a_tag)
{
    autojson *result = json(tags[_i].result);
    entries_keep_tag(result, "a");
    ck_assert_uint_eq(json_array_size(entries_of(result)), tags[_i].left);
}
END_TEST

Suite *entries_suite(void)
{
    Suite *suite = suite_create("cli/entries");
    TCase *tc = tcase_create("entries");
    tcase_add_loop_test(tc, makes_requests, 0, LENGTH(requests));
    tcase_add_loop_test(tc, keeps_entries_with_a_tag, 0, LENGTH(tags));
    suite_add_tcase(suite, tc);
    return suite;
}
