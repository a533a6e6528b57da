#include "agent/request.h"

#include "tests/suite.h"

#include <string.h>

#define ALICE 1000

#define PIN_OF(pin) "{\"op\":\"pin\",\"profile\":\"wifi\",\"pin\":" pin "}"

/* What a peer says, and what is understood: NULL error means good. */
static const struct {
    uid_t peer;
    const char *text;
    const char *error; /* part of the line */
    enum err_class class;
    enum agent_op op;
    bool everyone, device;
    uid_t uid;
} rows[] = {
    {0, "{\"op\":\"sign-in\",\"uid\":1000}", NULL, 0, OP_SIGN_IN, false, false, ALICE},
    {ALICE, "{\"op\":\"sign-in\",\"uid\":1000,\"wait\":5}", NULL, 0, OP_SIGN_IN, false, false,
     ALICE},
    {ALICE, "{\"op\":\"sign-in\",\"uid\":1001}", "for itself only", ERR_DENIED, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"list\",\"uid\":0}", "for itself only", ERR_DENIED, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"list\",\"uid\":-1}", "for itself only", ERR_DENIED, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"cycle\"}", NULL, 0, OP_CYCLE, false, false, ALICE},
    {ALICE, "{\"op\":\"enroll\"}", NULL, 0, OP_ENROLL, false, false, ALICE},
    {0, "{\"op\":\"cycle\"}", NULL, 0, OP_CYCLE, true, true, 0},
    {0, "{\"op\":\"list\"}", NULL, 0, OP_LIST, true, true, 0},
    {0, "{\"op\":\"enroll\"}", NULL, 0, OP_ENROLL, false, true, 0},
    {0, "{\"op\":\"renew\",\"profile\":\"wifi\",\"uid\":-1}", NULL, 0, OP_RENEW, false, true, 0},
    {0, "{\"op\":\"remove\",\"profile\":\"wifi\",\"uid\":1000}", NULL, 0, OP_REMOVE, false, false,
     ALICE},
    {0, "{\"op\":\"get-crl\",\"profile\":\"wifi\"}", NULL, 0, OP_GET_CRL, false, true, 0},
    {ALICE, "{\"op\":\"get-cert\",\"profile\":\"wifi\",\"serial\":\"0a\"}", NULL, 0, OP_GET_CERT,
     false, false, ALICE},
    {ALICE, "{\"op\":\"get-cert\",\"profile\":\"wifi\"}", "needs the serial", ERR_CONFIG, 0, 0, 0,
     0},
    {ALICE, "{\"op\":\"get-cert\",\"serial\":\"0a\"}", "needs a profile", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"get-crl\",\"profile\":\"wifi\",\"uid\":-1}", "for itself only", ERR_DENIED,
     0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret-12\""), NULL, 0, OP_PIN, false, false, ALICE},
    {ALICE, PIN_OF("\"\\u00e5\\u00e4\\u00f6123\""), NULL, 0, OP_PIN, false, false, ALICE},
    {ALICE, "{\"op\":\"pin\",\"pin\":\"secret-12\"}", "needs a profile", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"pin\",\"profile\":\"wifi\"}", "needs a pin", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("123456"), "needs a pin", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("[\"secret-12\"]"), "needs a pin", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"\""), "too short", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"12345\""), "too short", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"012345678901234567890123456789012\""), "too long", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret\\n12\""), "control character", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret\\u000012\""), "request", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret-12"), "request", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret-12\" x"), "request", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret-12\",\"pin\":\"secret-13\""), "request", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, PIN_OF("\"secret-12\",\"uid\":1001"), "for itself only", ERR_DENIED, 0, 0, 0, 0},
    {0, PIN_OF("\"secret-12\",\"uid\":1000"), "for itself only", ERR_DENIED, 0, 0, 0, 0},
    {0, PIN_OF("\"secret-12\",\"uid\":-1"), "nobody to ask", ERR_CONFIG, 0, 0, 0, 0},
    {0, PIN_OF("\"secret-12\""), "nobody to ask", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"sign-in\"}", "needs the uid", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"sign-in\",\"uid\":-1}", "needs the uid", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"uid\":-2}", "not a user's number", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"uid\":4294967295}", "not a user's number", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"uid\":9223372036854775807}", "not a user's number", ERR_CONFIG, 0, 0, 0,
     0},
    {0, "{\"op\":\"list\",\"uid\":\"0\"}", "not a user's number", ERR_CONFIG, 0, 0, 0, 0},
    {ALICE, "{\"op\":\"list\",\"uid\":null}", "not a user's number", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"uid\":1.5}", "not a user's number", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"renew\"}", "needs a profile", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"profile\":\"../device\"}", "not the name", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"profile\":\"\"}", "not the name", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"profile\":7}", "not the name", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"profile\":\"a234567890123456789012345678901234\"}", "not the name",
     ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"reboot\"}", "no op \"reboot\"", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":[\"list\"]}", "no op", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\",\"op\":\"cycle\"}", "request", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{}", "no op", ERR_CONFIG, 0, 0, 0, 0},
    {0, "[]", "not a JSON object", ERR_CONFIG, 0, 0, 0, 0},
    {0, "", "request", ERR_CONFIG, 0, 0, 0, 0},
    {0, "GET / HTTP/1.1", "request", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":\"list\"", "request", ERR_CONFIG, 0, 0, 0, 0},
    {0, "{\"op\":[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]}", "levels", ERR_CONFIG, 0, 0, 0,
     0},
};

START_TEST(understands_or_refuses)
{
    struct agent_request request = {0};
    struct err err = {0};
    int rc = request_parse(rows[_i].text, strlen(rows[_i].text), rows[_i].peer, &request, &err);
    if (rows[_i].error) {
        ck_assert_int_eq(rc, -(int)rows[_i].class);
        ck_assert_msg(strstr(err.text, rows[_i].error) != NULL, "%s", err.text);
        ck_assert_msg(!strstr(err.text, "secret"), "%s", err.text);
        ck_assert_ptr_null(request.pin.data);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(request.op, rows[_i].op);
    ck_assert(request.everyone == rows[_i].everyone);
    ck_assert(request.owner.device == rows[_i].device);
    ck_assert_uint_eq(request.owner.uid, rows[_i].uid);
    ck_assert_int_eq(request.pin.len > 0, request.op == OP_PIN);
    request_end(&request);
    ck_assert_ptr_null(request.pin.data);
}
END_TEST

static const struct {
    const char *wait;
    unsigned seconds;
} waits[] = {{"0", 0}, {"5", 5}, {"-1", 0}, {"99999999999", 3600}, {"\"5\"", 0}, {"null", 0}};

START_TEST(bounds_the_wait)
{
    struct agent_request request;
    autofree char *text =
        text_format("{\"op\":\"sign-in\",\"uid\":1000,\"wait\":%s}", waits[_i].wait);
    ck_assert_int_eq(request_parse(text, strlen(text), 0, &request, NULL), 0);
    ck_assert_uint_eq(request.wait, waits[_i].seconds);
}
END_TEST

Suite *agent_request_suite(void)
{
    Suite *suite = suite_create("agent/request");
    TCase *tc = tcase_create("request");
    tcase_add_loop_test(tc, understands_or_refuses, 0, LENGTH(rows));
    tcase_add_loop_test(tc, bounds_the_wait, 0, LENGTH(waits));
    suite_add_tcase(suite, tc);
    return suite;
}
