#include "pkcs11/wire.h"

#include "tests/pkcs11/wires.h"

#include <string.h>

static const struct key_ref bank = {.uid = 1000, .profile = "bank"};

static const size_t lengths[] = {0, 6, 32, 33, 60000};

START_TEST(a_pin_arrives_and_leaves_nothing)
{
    autobuf pin = {0}, got_pin = {0};
    struct wire_frame frame;
    struct key_ref got;
    struct err err;
    ck_assert_int_eq(buf_reserve(&pin, lengths[_i], NULL), 0);
    memset(pin.data, 'p', pin.len = lengths[_i]);
    ck_assert_int_eq(wire_send_login(&ours, 7, &bank, &pin, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive(&keyd, PATIENCE, &frame, &err), 1);
    ck_assert_int_eq(frame.op, WIRE_LOGIN);
    ck_assert_int_eq(wire_receive_login(&keyd, &frame, &got, &got_pin, &err), 0);
    ck_assert_str_eq(got.profile, "bank");
    ck_assert_uint_eq(got.uid, 1000);
    ck_assert(buf_equal(&pin, &got_pin));
    ck_assert_ptr_null(memchr(keyd.input.data, 'p', keyd.input.len));
}
END_TEST

START_TEST(a_logout_has_none)
{
    autobuf pin = {0};
    struct wire_frame frame;
    struct key_ref got;
    struct err err;
    ck_assert_int_eq(wire_send_logout(&ours, 7, &bank, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive(&keyd, PATIENCE, &frame, &err), 1);
    ck_assert_int_eq(frame.op, WIRE_LOGOUT);
    ck_assert_int_eq(wire_receive_login(&keyd, &frame, &got, &pin, &err), 0);
    ck_assert_str_eq(got.profile, "bank");
    ck_assert_uint_eq(pin.len, 0);
}
END_TEST

START_TEST(a_pin_that_no_frame_holds)
{
    autobuf pin = {0};
    struct err err;
    ck_assert_int_eq(buf_reserve(&pin, WIRE_FRAME_MAX, NULL), 0);
    memset(pin.data, 'p', pin.len = WIRE_FRAME_MAX);
    ck_assert_int_eq(wire_send_login(&ours, 7, &bank, &pin, PATIENCE, &err), -ERR_RESOURCE);
    ck_assert(!keyd.broken);
}
END_TEST

#define KEY_BANK "\0\0\0\0\0\0\3\xe8\0\0\0\0\0\0\0\4bank"
static const struct {
    enum wire_op op;
    const char *body;
    size_t len;
    bool good;
} bodies[] = {
    {WIRE_LOGIN, KEY_BANK "\0\0\0\6secret", 30, true},
    {WIRE_LOGIN, KEY_BANK "\0\0\0\0", 24, true},
    {WIRE_LOGIN, KEY_BANK "\0\0\0\6secre", 29, false},
    {WIRE_LOGIN, KEY_BANK "\0\0\0\6secrets", 31, false},
    {WIRE_LOGIN, KEY_BANK "\xff\xff\xff\xffsecret", 30, false},
    {WIRE_LOGIN, KEY_BANK, 20, false},
    {WIRE_LOGIN, "", 0, false},
    {WIRE_LOGIN, "\0\0\0\2\0\0\3\xe8\0\0\0\0\0\0\0\4bank\0\0\0\0", 24, false},
    {WIRE_LOGIN, "\0\0\0\0\0\0\3\xe8\0\0\0\0\0\0\0\4b\0nk\0\0\0\0", 24, false},
    {WIRE_LOGOUT, KEY_BANK, 20, true},
    {WIRE_LOGOUT, KEY_BANK "\0\0\0\0", 24, false},
    {WIRE_LOGOUT, KEY_BANK "x", 21, false},
};

START_TEST(what_is_no_login)
{
    autobuf frames = {0}, pin = {0};
    struct wire_frame frame;
    struct key_ref got;
    struct err err;
    ck_assert_int_eq(wire_begin(&frames, bodies[_i].op, 1, &err), 0);
    ck_assert_int_eq(buf_add(&frames, bodies[_i].body, bodies[_i].len, &err), 0);
    ck_assert_int_eq(wire_end(&frames, 0, &err), 0);
    ck_assert_int_eq(wire_send(&ours, &frames, -1, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive(&keyd, PATIENCE, &frame, &err), 1);
    int rc = wire_receive_login(&keyd, &frame, &got, &pin, &err);
    ck_assert_int_eq(rc, bodies[_i].good ? 0 : -ERR_DENIED);
    ck_assert_int_eq(keyd.broken, rc < 0);
    if (rc < 0)
        ck_assert_ptr_null(memmem(keyd.input.data, keyd.input.len, "secre", 5));
}
END_TEST

static const struct {
    const char *result;
    size_t len;
    int rc;
} verdicts[] = {
    {"\1", 1, 0},
    {"\6", 1, 0},
    {"\0", 1, -ERR_DENIED},
    {"\7", 1, -ERR_DENIED},
    {"\xff", 1, -ERR_DENIED},
    {"", 0, -ERR_DENIED},
    {"\1\1", 2, -ERR_DENIED},
};

START_TEST(a_verdict_is_one_byte)
{
    const struct buf result = {.data = (uint8_t *)(uintptr_t)verdicts[_i].result,
                               .len = verdicts[_i].len};
    enum pin_verdict verdict = 0;
    struct err err;
    ck_assert_int_eq(wire_send_result(&keyd, 3, &result, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_verdict(&ours, 3, PATIENCE, &verdict, &err), verdicts[_i].rc);
    ck_assert_int_eq(ours.broken, verdicts[_i].rc < 0);
    if (verdicts[_i].rc == 0)
        ck_assert_int_eq(verdict, verdicts[_i].result[0]);
}
END_TEST

START_TEST(login_first_is_an_answer_to_operations_only)
{
    autobuf result = {0};
    enum pin_verdict verdict = 0;
    struct err err;
    ck_assert_int_eq(wire_send_login_first(&keyd, 3, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_result(&ours, 3, PATIENCE, &result, &err), BACKEND_LOGIN);
    ck_assert(!ours.broken);
    ck_assert_int_eq(wire_send_login_first(&keyd, 4, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_verdict(&ours, 4, PATIENCE, &verdict, &err), -ERR_DENIED);
    ck_assert(ours.broken);
}
END_TEST

Suite *wire_login_suite(void)
{
    Suite *s = suite_create("pkcs11/wire_login");
    TCase *c = tcase_create("login");
    tcase_add_checked_fixture(c, wires_open, wires_close);
    tcase_add_loop_test(c, a_pin_arrives_and_leaves_nothing, 0, LENGTH(lengths));
    tcase_add_test(c, a_logout_has_none);
    tcase_add_test(c, a_pin_that_no_frame_holds);
    tcase_add_loop_test(c, what_is_no_login, 0, LENGTH(bodies));
    tcase_add_loop_test(c, a_verdict_is_one_byte, 0, LENGTH(verdicts));
    tcase_add_test(c, login_first_is_an_answer_to_operations_only);
    suite_add_tcase(s, c);
    return s;
}
