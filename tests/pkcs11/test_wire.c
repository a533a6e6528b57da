#include "pkcs11/wire.h"

#include "tests/pkcs11/wires.h"

#include <fcntl.h>
#include <string.h>

static void keyd_writes(const void *data, size_t len)
{
    ck_assert_int_eq(write(keyd.fd, data, len), (ssize_t)len);
}

static void make_frame(struct buf *ret, enum wire_op op, uint32_t id, const char *body)
{
    ck_assert_int_eq(wire_begin(ret, op, id, NULL), 0);
    ck_assert_int_eq(buf_add_text(ret, body, NULL), 0);
    ck_assert_int_eq(wire_end(ret, 0, NULL), 0);
}

START_TEST(frames_arrive_whole_and_in_order)
{
    autobuf both = {0}, second = {0};
    struct wire_frame frame;
    struct err err;
    make_frame(&both, WIRE_SIGN, 7, "first");
    make_frame(&second, WIRE_RESULT, 0xfffffff0, "");
    ck_assert_int_eq(buf_add(&both, second.data, second.len, NULL), 0);
    ck_assert_int_eq(wire_send(&keyd, &both, -1, PATIENCE, &err), 0);

    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, &err), 1);
    ck_assert_int_eq(frame.op, WIRE_SIGN);
    ck_assert_uint_eq(frame.id, 7);
    ck_assert_uint_eq(frame.len, 5);
    ck_assert_mem_eq(frame.body, "first", 5);
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, &err), 1);
    ck_assert_int_eq(frame.op, WIRE_RESULT);
    ck_assert_uint_eq(frame.id, 0xfffffff0);
    ck_assert_uint_eq(frame.len, 0);
    ck_assert(!ours.broken);

    wire_close(&keyd);
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, &err), 0);
    ck_assert(ours.broken);
}
END_TEST

START_TEST(a_frame_may_come_byte_by_byte)
{
    autobuf whole = {0};
    struct wire_frame frame;
    struct err err;
    make_frame(&whole, WIRE_DATA, 1, "slowly");
    for (size_t i = 0; i < whole.len; i++) {
        keyd_writes(whole.data + i, 1);
        if (i + 1 < whole.len) {
            /* A copy, because a missed deadline leaves the connection broken. */
            struct wire probe = {.fd = dup(ours.fd), .passed = -1};
            probe.input = ours.input;
            ours.input = (struct buf){0};
            ck_assert_int_eq(wire_receive(&probe, deadline_in(0), &frame, &err), -ERR_RETRY);
            ours.input = probe.input;
            probe.input = (struct buf){0};
            wire_close(&probe);
        }
    }
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, &err), 1);
    ck_assert_mem_eq(frame.body, "slowly", 6);
}
END_TEST

static const struct {
    const char *what;
    uint8_t header[WIRE_HEADER];
    int expected;
} headers[] = {
    {"4 GiB", {0xff, 0xff, 0xff, 0xff, WIRE_VERSION, WIRE_SIGN}, -ERR_RESOURCE},
    {"2 GiB, negative to some", {0x80, 0, 0, 0, WIRE_VERSION, WIRE_SIGN}, -ERR_RESOURCE},
    {"the most a signed number holds",
     {0x7f, 0xff, 0xff, 0xff, WIRE_VERSION, WIRE_SIGN},
     -ERR_RESOURCE},
    {"one past the limit", {0, 1, 0, 1, WIRE_VERSION, WIRE_SIGN}, -ERR_RESOURCE},
    {"host order", {12, 0, 0, 0, WIRE_VERSION, WIRE_SIGN}, -ERR_RESOURCE},
    {"no length", {0, 0, 0, 0, WIRE_VERSION, WIRE_SIGN}, -ERR_DENIED},
    {"shorter than its header", {0, 0, 0, 11, WIRE_VERSION, WIRE_SIGN}, -ERR_DENIED},
    {"one byte", {0, 0, 0, 1, WIRE_VERSION, WIRE_SIGN}, -ERR_DENIED},
    {"version 0", {0, 0, 0, 12, 0, WIRE_SIGN}, -ERR_CONFIG},
    {"the version before", {0, 0, 0, 12, WIRE_VERSION - 1, WIRE_SIGN}, -ERR_CONFIG},
    {"version 255", {0, 0, 0, 12, 255, WIRE_SIGN}, -ERR_CONFIG},
    {"operation 0", {0, 0, 0, 12, WIRE_VERSION, 0}, -ERR_DENIED},
    {"operation past the last", {0, 0, 0, 12, WIRE_VERSION, WIRE_OPS}, -ERR_DENIED},
    {"operation 255", {0, 0, 0, 12, WIRE_VERSION, 255}, -ERR_DENIED},
    {"padding", {0, 0, 0, 12, WIRE_VERSION, WIRE_SIGN, 1, 0}, -ERR_DENIED},
    {"padding behind", {0, 0, 0, 12, WIRE_VERSION, WIRE_SIGN, 0, 1}, -ERR_DENIED},
    {"text", "GET / HTTP/1", -ERR_RESOURCE},
    {"a smallest frame", {0, 0, 0, 12, WIRE_VERSION, WIRE_SNAPSHOT}, 1},
    {"a largest frame, of which nothing comes", {0, 1, 0, 0, WIRE_VERSION, WIRE_SIGN}, -ERR_RETRY},
};

START_TEST(headers_are_judged_before_anything_is_allocated)
{
    struct wire_frame frame;
    struct err err = {0};
    keyd_writes(headers[_i].header, WIRE_HEADER);
    ck_assert_msg(wire_receive(&ours, deadline_in(0), &frame, &err) == headers[_i].expected,
                  "%s: %s", headers[_i].what, err.text);
    ck_assert(ours.broken == (headers[_i].expected < 0));
    ck_assert_uint_le(ours.input.size, 2 * 4096);
}
END_TEST

START_TEST(a_frame_torn_anywhere_is_an_error)
{
    autobuf whole = {0};
    struct wire_frame frame;
    struct err err;
    make_frame(&whole, WIRE_DATA, 1, "torn");
    keyd_writes(whole.data, (size_t)_i);
    wire_close(&keyd);
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, &err), _i ? -ERR_RETRY : 0);
    ck_assert(ours.broken);
}
END_TEST

START_TEST(a_silent_peer_costs_its_deadline)
{
    struct wire_frame frame;
    struct err err;
    ck_assert_int_eq(wire_receive(&ours, deadline_in(0), &frame, &err), -ERR_RETRY);
    ck_assert_str_eq(err.text, "timed out");
}
END_TEST

START_TEST(a_peer_that_never_reads_costs_its_deadline)
{
    autobuf frames = {0};
    struct err err;
    int rc = 0;
    ck_assert_int_eq(buf_reserve(&frames, 60000, NULL), 0);
    memset(frames.data, 'x', 60000);
    frames.len = 60000;
    for (int i = 0; i < 1000 && rc == 0; i++)
        rc = wire_send(&ours, &frames, -1, deadline_in(0), &err);
    ck_assert_int_eq(rc, -ERR_RETRY);
    ck_assert(ours.broken);
}
END_TEST

START_TEST(a_peer_that_is_gone_raises_no_signal)
{
    autobuf frame = {0};
    struct err err;
    make_frame(&frame, WIRE_DATA, 1, "to nobody");
    wire_close(&keyd);
    ck_assert_int_eq(wire_send(&ours, &frame, -1, PATIENCE, &err), -ERR_RETRY);
    ck_assert_int_eq(wire_send(&ours, &frame, STDERR_FILENO, PATIENCE, &err), -ERR_RETRY);
}
END_TEST

START_TEST(a_frame_that_grew_too_large_is_not_sent)
{
    autobuf frame = {0};
    struct err err;
    static const uint8_t zeros[WIRE_FRAME_MAX];
    ck_assert_int_eq(wire_begin(&frame, WIRE_DATA, 1, &err), 0);
    ck_assert_int_eq(buf_add(&frame, zeros, WIRE_FRAME_MAX - WIRE_HEADER, &err), 0);
    ck_assert_int_eq(wire_end(&frame, 0, &err), 0);
    ck_assert_int_eq(buf_add(&frame, zeros, 1, &err), 0);
    ck_assert_int_eq(wire_end(&frame, 0, &err), -ERR_RESOURCE);
    ck_assert_int_eq(wire_put_bytes(&frame, zeros, SIZE_MAX, &err), -ERR_RESOURCE);
}
END_TEST

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* Of several in one message one is taken, and none is left over. */
START_TEST(one_descriptor_of_many)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control = {0};
    int four[4] = {0, 1, 2, 0};
    autobuf frame = {0};
    struct wire_frame received;
    make_frame(&frame, WIRE_DATA, 1, "x");
    struct iovec data = {frame.data, frame.len};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof four), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), four, sizeof four);

    int before = open_descriptors();
    ours.takes_descriptor = true;
    ck_assert_int_eq(sendmsg(keyd.fd, &message, 0), (ssize_t)frame.len);
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &received, NULL), 1);
    ck_assert_int_ge(ours.passed, 0);
    ck_assert_int_eq(open_descriptors(), before + 1);
}
END_TEST

START_TEST(descriptors_come_only_to_who_awaits_them)
{
    autobuf frame = {0};
    struct wire_frame got;
    struct err err;
    int before = open_descriptors();
    make_frame(&frame, WIRE_SNAPSHOT, 1, "");
    ours.takes_descriptor = _i;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(wire_send(&keyd, &frame, STDIN_FILENO, PATIENCE, &err), 0);
        ck_assert_int_eq(wire_receive(&ours, PATIENCE, &got, &err), 1);
    }
    ck_assert((ours.passed >= 0) == (_i == 1));
    ck_assert_int_eq(open_descriptors(), before + _i); /* the earlier ones were closed */
    if (_i)
        ck_assert_int_eq(fcntl(ours.passed, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(numbers_and_bytes_come_back)
{
    autobuf frame = {0};
    const struct key_ref key = {1, 0xfffffffe, 3, "wifi.example"};
    struct key_ref got = {0};
    char text[8];
    uint32_t len;
    ck_assert_int_eq(wire_put_u8(&frame, 0xfe, NULL), 0);
    ck_assert_int_eq(wire_put_u32(&frame, 0x80000001, NULL), 0);
    ck_assert_int_eq(wire_put_u64(&frame, 0x8000000000000001, NULL), 0);
    ck_assert_int_eq(wire_put_bytes(&frame, "a\0b", 3, NULL), 0);
    ck_assert_int_eq(wire_put_bytes(&frame, NULL, 0, NULL), 0);
    ck_assert_int_eq(wire_put_bytes(&frame, "1234567", 7, NULL), 0);
    ck_assert_int_eq(wire_put_key(&frame, &key, NULL), 0);

    struct wire_frame f = {.body = frame.data, .len = frame.len};
    struct wire_reader reader = wire_reader(&f);
    ck_assert_uint_eq(wire_get_u8(&reader), 0xfe);
    ck_assert_uint_eq(wire_get_u32(&reader), 0x80000001);
    ck_assert_uint_eq(wire_get_u64(&reader), 0x8000000000000001);
    ck_assert_mem_eq(wire_get_bytes(&reader, 3, &len), "a\0b", 3);
    ck_assert_uint_eq(len, 3);
    wire_get_bytes(&reader, 0, &len);
    ck_assert_uint_eq(len, 0);
    wire_get_text(&reader, text, sizeof text);
    ck_assert_str_eq(text, "1234567");
    wire_get_key(&reader, &got);
    ck_assert_uint_eq(got.device, 1);
    ck_assert_uint_eq(got.uid, 0xfffffffe);
    ck_assert_uint_eq(got.generation, 3);
    ck_assert_str_eq(got.profile, "wifi.example");
    ck_assert_int_eq(wire_get_end(&reader, "test", NULL), 0);
}
END_TEST

/* Byte strings that do not fit, read as: u32 length and bytes (at most 4), then the end. */
static const struct {
    const char *what;
    uint8_t body[16];
    size_t len;
    bool fails;
} bodies[] = {
    {"fits", {0, 0, 0, 4, 'a', 'b', 'c', 'd'}, 8, false},
    {"empty", {0, 0, 0, 0}, 4, false},
    {"nothing at all", {0}, 0, true},
    {"half a length", {0, 0}, 2, true},
    {"longer than allowed", {0, 0, 0, 5, 'a', 'b', 'c', 'd', 'e'}, 9, true},
    {"longer than is there", {0, 0, 0, 4, 'a', 'b', 'c'}, 7, true},
    {"4 GiB", {0xff, 0xff, 0xff, 0xff, 'a'}, 5, true},
    {"2 GiB", {0x80, 0, 0, 0, 'a'}, 5, true},
    {"wraps around with its own length", {0xff, 0xff, 0xff, 0xfc, 'a'}, 5, true},
    {"something behind", {0, 0, 0, 1, 'a', 'b'}, 6, true},
};

START_TEST(readers_stay_inside)
{
    struct wire_frame frame = {.body = bodies[_i].body, .len = bodies[_i].len};
    struct wire_reader reader = wire_reader(&frame);
    uint32_t len = 99;
    struct err err;
    ck_assert_ptr_nonnull(wire_get_bytes(&reader, 4, &len));
    ck_assert_msg((wire_get_end(&reader, "test", &err) < 0) == bodies[_i].fails, "%s",
                  bodies[_i].what);
    ck_assert_uint_le(len, 4);
    if (!reader.failed)
        return;
    ck_assert_uint_eq(len, 0);
    ck_assert_uint_eq(wire_get_u8(&reader), 0);
    ck_assert_uint_eq(wire_get_u32(&reader), 0);
    ck_assert_uint_eq(wire_get_u64(&reader), 0);
}
END_TEST

static const struct {
    const char *what;
    const char *text;
    size_t len;
    bool fails;
} texts[] = {
    {"fits", "abc", 3, false},
    {"empty", "", 0, false},
    {"no room for its end", "abcd", 4, true},
    {"zero inside", "a\0b", 3, true},
    {"zero at the end", "ab\0", 3, true},
};

START_TEST(texts_are_c_strings)
{
    autobuf body = {0};
    char got[4] = "old";
    ck_assert_int_eq(wire_put_bytes(&body, texts[_i].text, texts[_i].len, NULL), 0);
    struct wire_frame frame = {.body = body.data, .len = body.len};
    struct wire_reader reader = wire_reader(&frame);
    wire_get_text(&reader, got, sizeof got);
    ck_assert_msg(reader.failed == texts[_i].fails, "%s", texts[_i].what);
    ck_assert_str_eq(got, reader.failed ? "" : texts[_i].text);
}
END_TEST

Suite *wire_suite(void)
{
    Suite *suite = suite_create("pkcs11/wire");
    TCase *tc = tcase_create("wire");
    tcase_add_checked_fixture(tc, wires_open, wires_close);
    tcase_add_test(tc, frames_arrive_whole_and_in_order);
    tcase_add_test(tc, a_frame_may_come_byte_by_byte);
    tcase_add_loop_test(tc, headers_are_judged_before_anything_is_allocated, 0, LENGTH(headers));
    tcase_add_loop_test(tc, a_frame_torn_anywhere_is_an_error, 0, WIRE_HEADER + 4);
    tcase_add_test(tc, a_silent_peer_costs_its_deadline);
    tcase_add_test(tc, a_peer_that_never_reads_costs_its_deadline);
    tcase_add_test(tc, a_peer_that_is_gone_raises_no_signal);
    tcase_add_test(tc, a_frame_that_grew_too_large_is_not_sent);
    tcase_add_loop_test(tc, descriptors_come_only_to_who_awaits_them, 0, 2);
    tcase_add_test(tc, one_descriptor_of_many);
    tcase_add_test(tc, numbers_and_bytes_come_back);
    tcase_add_loop_test(tc, readers_stay_inside, 0, LENGTH(bodies));
    tcase_add_loop_test(tc, texts_are_c_strings, 0, LENGTH(texts));
    suite_add_tcase(suite, tc);
    return suite;
}
