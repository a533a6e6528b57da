#include "pkcs11/wire.h"

#include "tests/pkcs11/wires.h"

#include <pthread.h>
#include <string.h>

struct sender {
    const struct key_operation *operation;
    const struct buf *data;
    int rc;
};

static void *send_operation(void *context)
{
    struct sender *sender = context;
    sender->rc = wire_send_operation(&ours, WIRE_DECRYPT, 9, sender->operation, sender->data,
                                     PATIENCE, NULL);
    return NULL;
}

static const size_t lengths[] = {
    0,
    1,
    32,
    WIRE_FRAME_MAX - WIRE_HEADER - 1,
    WIRE_FRAME_MAX - WIRE_HEADER,
    WIRE_FRAME_MAX - WIRE_HEADER + 1,
    1000000,
};

START_TEST(operations_arrive_with_their_data)
{
    autobuf data = {0}, got_data = {0};
    struct key_operation operation = {{0, 1000, 4, "wifi"},
                                      CKM_RSA_PKCS_OAEP,
                                      CKM_SHA256,
                                      CKG_MGF1_SHA384,
                                      48,
                                      {0}},
                         got = {0};
    struct wire_frame frame;
    struct err err;
    pthread_t thread;
    ck_assert_int_eq(buf_add_text(&operation.label, "a label", NULL), 0);
    ck_assert_int_eq(buf_reserve(&data, lengths[_i], NULL), 0);
    for (; data.len < lengths[_i]; data.len++)
        data.data[data.len] = (uint8_t)(data.len * 7 + data.len / 251);

    struct sender sender = {&operation, &data, -1};
    ck_assert_int_eq(pthread_create(&thread, NULL, send_operation, &sender), 0);
    ck_assert_int_eq(wire_receive(&keyd, PATIENCE, &frame, &err), 1);
    ck_assert_int_eq(frame.op, WIRE_DECRYPT);
    ck_assert_uint_eq(frame.id, 9);
    ck_assert_int_eq(wire_receive_operation(&keyd, &frame, PATIENCE, &got, &got_data, &err), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(sender.rc, 0);

    ck_assert_str_eq(got.ref.profile, "wifi");
    ck_assert_uint_eq(got.ref.uid, 1000);
    ck_assert_uint_eq(got.ref.generation, 4);
    ck_assert_uint_eq(got.mechanism, CKM_RSA_PKCS_OAEP);
    ck_assert_uint_eq(got.hash, CKM_SHA256);
    ck_assert_uint_eq(got.mgf, CKG_MGF1_SHA384);
    ck_assert_uint_eq(got.salt_len, 48);
    ck_assert_str_eq(buf_text(&got.label), "a label");
    ck_assert(buf_equal(&data, &got_data));
    buf_free(&got.label);
    buf_free(&operation.label);
}
END_TEST

/* An operation as bytes: everything zero but the total; the frames behind it are the test's. */
static void put_operation(struct buf *ret, uint32_t label_len, uint64_t total)
{
    const struct key_ref key = {.profile = "x"};
    size_t start = ret->len;
    ck_assert_int_eq(wire_begin(ret, WIRE_SIGN, 1, NULL), 0);
    ck_assert_int_eq(wire_put_key(ret, &key, NULL), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(wire_put_u64(ret, 0, NULL), 0);
    ck_assert_int_eq(wire_put_u32(ret, 0, NULL), 0);
    ck_assert_int_eq(wire_put_u32(ret, label_len, NULL), 0);
    for (uint32_t i = 0; i < label_len && i < 5000; i++)
        ck_assert_int_eq(wire_put_u8(ret, 'l', NULL), 0);
    ck_assert_int_eq(wire_put_u64(ret, total, NULL), 0);
    ck_assert_int_eq(wire_end(ret, start, NULL), 0);
}

static const struct {
    const char *what;
    uint32_t label_len;
    uint64_t total;
    enum wire_op op;
    uint32_t id;
    size_t part;
    int expected;
} rows[] = {
    {"as it should be", 0, 4, WIRE_DATA, 1, 4, 0},
    {"the longest label", WIRE_LABEL_MAX, 4, WIRE_DATA, 1, 4, 0},
    {"nothing to sign", 0, 0, WIRE_LOGIN, 1, 0, 0},
    {"a label too long", WIRE_LABEL_MAX + 1, 4, WIRE_DATA, 1, 4, -ERR_DENIED},
    {"a label of 4 GiB", 0xffffffff, 4, WIRE_DATA, 1, 4, -ERR_DENIED},
    {"more than is sent", 0, 5, WIRE_DATA, 1, 4, -ERR_RETRY},
    {"less than is sent", 0, 3, WIRE_DATA, 1, 4, -ERR_DENIED},
    {"an empty part", 0, 4, WIRE_DATA, 1, 0, -ERR_DENIED},
    {"another request's data", 0, 4, WIRE_DATA, 2, 4, -ERR_DENIED},
    {"another request", 0, 4, WIRE_SIGN, 1, 4, -ERR_DENIED},
    {"an answer", 0, 4, WIRE_RESULT, 1, 4, -ERR_DENIED},
    {"64 MiB announced, little sent", 0, WIRE_DATA_MAX, WIRE_DATA, 1, 4, -ERR_RETRY},
    {"one byte more than may be", 0, (uint64_t)WIRE_DATA_MAX + 1, WIRE_DATA, 1, 4, -ERR_RESOURCE},
    {"4 GiB", 0, 0x100000000, WIRE_DATA, 1, 4, -ERR_RESOURCE},
    {"negative", 0, UINT64_MAX, WIRE_DATA, 1, 4, -ERR_RESOURCE},
    {"the most negative", 0, 0x8000000000000000, WIRE_DATA, 1, 4, -ERR_RESOURCE},
};

static int receive_all(struct buf *ret_data)
{
    struct key_operation got = {0};
    struct wire_frame frame;
    struct err err;
    int rc = wire_receive(&keyd, PATIENCE, &frame, &err);
    if (rc > 0)
        rc = wire_receive_operation(&keyd, &frame, PATIENCE, &got, ret_data, &err);
    buf_free(&got.label);
    return rc;
}

START_TEST(operations_are_judged)
{
    autobuf bytes = {0}, got = {0};
    put_operation(&bytes, rows[_i].label_len, rows[_i].total);
    size_t start = bytes.len;
    ck_assert_int_eq(wire_begin(&bytes, rows[_i].op, rows[_i].id, NULL), 0);
    ck_assert_int_eq(buf_add(&bytes, "data", rows[_i].part, NULL), 0);
    ck_assert_int_eq(wire_end(&bytes, start, NULL), 0);
    ck_assert_int_eq(write(ours.fd, bytes.data, bytes.len), (ssize_t)bytes.len);
    wire_close(&ours);
    ck_assert_msg(receive_all(&got) == rows[_i].expected, "%s", rows[_i].what);
    ck_assert(keyd.broken == (rows[_i].expected < 0));
    ck_assert_uint_lt(got.size, 4096);
}
END_TEST

START_TEST(torn_anywhere_it_is_no_operation)
{
    autobuf bytes = {0}, got = {0};
    put_operation(&bytes, 3, 4);
    size_t start = bytes.len;
    ck_assert_int_eq(wire_begin(&bytes, WIRE_DATA, 1, NULL), 0);
    ck_assert_int_eq(buf_add(&bytes, "data", 4, NULL), 0);
    ck_assert_int_eq(wire_end(&bytes, start, NULL), 0);
    for (size_t len = 0; len < bytes.len; len++) {
        wires_close();
        wires_open();
        ck_assert_int_eq(write(ours.fd, bytes.data, len), (ssize_t)len);
        wire_close(&ours);
        ck_assert_int_eq(receive_all(&got), len ? -ERR_RETRY : 0);
        ck_assert_uint_eq(got.len, 0);
    }
}
END_TEST

START_TEST(results_come_back)
{
    autobuf result = {0}, got = {0};
    struct err err;
    ck_assert_int_eq(buf_add_text(&result, "signature", NULL), 0);
    ck_assert_int_eq(wire_send_result(&keyd, 3, &result, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_result(&ours, 3, PATIENCE, &got, &err), 0);
    ck_assert(buf_equal(&result, &got));
}
END_TEST

START_TEST(errors_come_back_and_leave_the_connection_alone)
{
    autobuf got = {0};
    struct err sent, err;
    char text[ERR_TEXT_MAX];
    memset(text, 'e', sizeof text - 1);
    text[sizeof text - 1] = 0;
    err_set(&sent, ERR_DENIED, "%s", text);
    ck_assert_int_eq(wire_send_error(&keyd, 3, &sent, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_result(&ours, 3, PATIENCE, &got, &err), -ERR_DENIED);
    ck_assert_str_eq(err.text, text);
    ck_assert(!ours.broken);
    ck_assert_uint_eq(got.len, 0);
}
END_TEST

START_TEST(another_requests_result_is_not_ours)
{
    autobuf result = {0}, got = {0};
    struct err err;
    ck_assert_int_eq(wire_send_result(&keyd, 4, &result, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_result(&ours, 3, PATIENCE, &got, &err), -ERR_DENIED);
    ck_assert(ours.broken);
}
END_TEST

Suite *wire_operation_suite(void)
{
    Suite *suite = suite_create("pkcs11/wire_operation");
    TCase *tc = tcase_create("wire_operation");
    tcase_add_checked_fixture(tc, wires_open, wires_close);
    tcase_add_loop_test(tc, operations_arrive_with_their_data, 0, LENGTH(lengths));
    tcase_add_loop_test(tc, operations_are_judged, 0, LENGTH(rows));
    tcase_add_test(tc, torn_anywhere_it_is_no_operation);
    tcase_add_test(tc, results_come_back);
    tcase_add_test(tc, errors_come_back_and_leave_the_connection_alone);
    tcase_add_test(tc, another_requests_result_is_not_ours);
    suite_add_tcase(suite, tc);
    return suite;
}
