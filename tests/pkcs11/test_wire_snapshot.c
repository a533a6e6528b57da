#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"
#include "tests/pkcs11/fake.h"
#include "tests/pkcs11/wires.h"

#include "tests/suite.h"

#include <string.h>
#include <sys/mman.h>

static void connect_both(void)
{
    int room = 4 * 1024 * 1024;
    wires_open();
    setsockopt(keyd.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    ours.takes_descriptor = true;
}

static void assert_same(const struct snapshot *a, const struct snapshot *b)
{
    ck_assert_uint_eq(a->change, b->change);
    ck_assert_uint_eq(a->n_tokens, b->n_tokens);
    for (uint32_t i = 0; i < a->n_tokens; i++) {
        ck_assert_uint_eq(a->tokens[i].slot, b->tokens[i].slot);
        ck_assert_str_eq(a->tokens[i].label, b->tokens[i].label);
        ck_assert_str_eq(a->tokens[i].serial, b->tokens[i].serial);
    }
    ck_assert_uint_eq(a->n_objects, b->n_objects);
    for (uint32_t i = 0; i < a->n_objects; i++) {
        const struct object *x = &a->objects[i], *y = &b->objects[i];
        ck_assert_uint_eq(x->slot, y->slot);
        ck_assert_uint_eq(x->handle, y->handle);
        ck_assert(x->retired == y->retired);
        ck_assert_uint_eq(x->ref.device, y->ref.device);
        ck_assert_uint_eq(x->ref.uid, y->ref.uid);
        ck_assert_uint_eq(x->ref.generation, y->ref.generation);
        ck_assert_str_eq(x->ref.profile, y->ref.profile);
        ck_assert_uint_eq(x->n_attributes, y->n_attributes);
        for (uint32_t j = 0; j < x->n_attributes; j++) {
            ck_assert_uint_eq(x->attributes[j].type, y->attributes[j].type);
            ck_assert_uint_eq(x->attributes[j].len, y->attributes[j].len);
            ck_assert_mem_eq(x->attributes[j].value, y->attributes[j].value, y->attributes[j].len);
        }
    }
}

START_TEST(a_snapshot_comes_back_with_its_descriptor)
{
    autosnapshot *sent = fake_snapshot(false);
    autosnapshot *got = NULL;
    struct wire_frame request;
    struct err err;
    sent->change = 0xfedcba9876543210;
    sent->changes = memfd_create("changes", MFD_CLOEXEC);
    ck_assert_int_eq(pwrite(sent->changes, "12345678", 8, 0), 8);

    ck_assert_int_eq(wire_send_snapshot_request(&ours, 5, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive(&keyd, PATIENCE, &request, &err), 1);
    ck_assert_int_eq(request.op, WIRE_SNAPSHOT);
    ck_assert_int_eq(wire_send_snapshot(&keyd, request.id, sent, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_snapshot(&ours, 5, PATIENCE, &got, &err), 0);
    assert_same(got, sent);
    char bytes[8];
    ck_assert_int_eq(pread(got->changes, bytes, 8, 0), 8);
    ck_assert_mem_eq(bytes, "12345678", 8);
    ck_assert_int_eq(ours.passed, -1);
    ck_assert(!ours.broken);
}
END_TEST

START_TEST(an_empty_snapshot_has_no_descriptor)
{
    autosnapshot *sent = NULL, *got = NULL;
    struct err err;
    ck_assert_int_eq(snapshot_new(&sent, &err), 0);
    ck_assert_int_eq(wire_send_snapshot(&keyd, 1, sent, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err), 0);
    assert_same(got, sent);
    ck_assert_int_eq(got->changes, -1);
}
END_TEST

/* Certificates of 20 KiB: three to a frame. The one that fits no frame is left out. */
START_TEST(many_objects_take_many_frames)
{
    autosnapshot *sent = NULL, *got = NULL;
    static uint8_t big[WIRE_FRAME_MAX];
    struct err err;
    ck_assert_int_eq(snapshot_new(&sent, &err), 0);
    for (uint32_t i = 0; i < 40; i++) {
        memset(big, (int)i, sizeof big);
        const struct object_attribute value = {CKA_VALUE, i == 39 ? sizeof big : 20000, big};
        const struct object object = {
            .slot = 1, .handle = i + 1, .attributes = &value, .n_attributes = 1};
        ck_assert_int_eq(snapshot_add_object(sent, &object, &err), 0);
    }
    ck_assert_int_eq(wire_send_snapshot(&keyd, 1, sent, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err), 0);
    ck_assert_uint_eq(got->n_objects, 39);
    sent->n_objects = 39;
    assert_same(got, sent);
    sent->n_objects = 40;
}
END_TEST

START_TEST(too_many_attributes_are_left_out)
{
    autosnapshot *sent = NULL, *got = NULL;
    struct object_attribute many[WIRE_ATTRIBUTES_MAX + 1] = {0};
    struct err err;
    ck_assert_int_eq(snapshot_new(&sent, &err), 0);
    for (uint32_t n = WIRE_ATTRIBUTES_MAX; n <= WIRE_ATTRIBUTES_MAX + 1; n++) {
        const struct object object = {
            .slot = 1, .handle = n, .attributes = many, .n_attributes = n};
        ck_assert_int_eq(snapshot_add_object(sent, &object, &err), 0);
    }
    ck_assert_int_eq(wire_send_snapshot(&keyd, 1, sent, PATIENCE, &err), 0);
    ck_assert_int_eq(wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err), 0);
    ck_assert_uint_eq(got->n_objects, 1);
    ck_assert_uint_eq(got->objects[0].n_attributes, WIRE_ATTRIBUTES_MAX);
}
END_TEST

/* The frame of the fake's snapshot as bytes. */
static void record(struct buf *ret)
{
    autosnapshot *sent = fake_snapshot(false);
    struct wire_frame frame;
    ck_assert_int_eq(wire_send_snapshot(&keyd, 1, sent, PATIENCE, NULL), 0);
    ck_assert_int_eq(wire_receive(&ours, PATIENCE, &frame, NULL), 1);
    ck_assert_int_eq(buf_add(ret, ours.input.data, frame.len + WIRE_HEADER, NULL), 0);
    wires_close();
}

static int replay(const void *data, size_t len)
{
    autosnapshot *got = NULL;
    struct err err;
    connect_both();
    ck_assert_int_eq(write(keyd.fd, data, len), (ssize_t)len);
    wire_close(&keyd);
    int rc = wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err);
    ck_assert(rc == 0 || ours.broken);
    ck_assert((rc == 0) == (got != NULL));
    wire_close(&ours);
    return rc;
}

START_TEST(torn_anywhere_it_is_no_snapshot)
{
    autobuf whole = {0};
    record(&whole);
    ck_assert_int_eq(replay(whole.data, whole.len), 0);
    for (size_t len = 0; len < whole.len; len++) {
        ck_assert_int_lt(replay(whole.data, len), 0);
        /* And with a header that claims that this was all of it. */
        autobuf cut = {0};
        ck_assert_int_eq(buf_add(&cut, whole.data, len, NULL), 0);
        if (len >= WIRE_HEADER && wire_end(&cut, 0, NULL) == 0)
            replay(cut.data, cut.len);
    }
}
END_TEST

static const uint32_t hostile[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 65537};

/* Every four bytes in turn become a hostile number: lengths, counts, types. It may be refused or
 * not. */
START_TEST(hostile_numbers_do_no_harm)
{
    autobuf whole = {0};
    record(&whole);
    for (size_t at = WIRE_HEADER; at + 4 <= whole.len; at++) {
        uint8_t kept[4];
        const uint32_t n = hostile[_i];
        const uint8_t bytes[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                                  (uint8_t)n};
        memcpy(kept, whole.data + at, 4);
        memcpy(whole.data + at, bytes, 4);
        replay(whole.data, whole.len);
        memcpy(whole.data + at, kept, 4);
    }
}
END_TEST

#define FRAME(len, op, id) 0, 0, 0, len, WIRE_VERSION, op, 0, 0, 0, 0, 0, id
#define ZEROS8             0, 0, 0, 0, 0, 0, 0, 0
#define SLOT(n)            0, 0, 0, 0, 0, 0, 0, n
#define TOKEN_END          0, ZEROS8, ZEROS8 /* no login, no key */

static const struct {
    const char *what;
    uint8_t bytes[100];
    int expected;
} answers[] = {
    {"nothing in it", {FRAME(21, WIRE_SNAPSHOT, 1), 1, ZEROS8}, 0},
    {"another request's", {FRAME(21, WIRE_SNAPSHOT, 2), 1, ZEROS8}, -ERR_DENIED},
    {"a signature", {FRAME(21, WIRE_RESULT, 1), 1, ZEROS8}, -ERR_DENIED},
    {"a request", {FRAME(12, WIRE_LOGIN, 1)}, -ERR_DENIED},
    {"no body", {FRAME(12, WIRE_SNAPSHOT, 1)}, -ERR_DENIED},
    {"half a counter", {FRAME(17, WIRE_SNAPSHOT, 1), 1, 0, 0, 0, 0}, -ERR_DENIED},
    {"an item of no kind", {FRAME(22, WIRE_SNAPSHOT, 1), 1, ZEROS8, 0}, -ERR_DENIED},
    {"an item of another kind", {FRAME(22, WIRE_SNAPSHOT, 1), 1, ZEROS8, 3}, -ERR_DENIED},
    {"a token without anything", {FRAME(22, WIRE_SNAPSHOT, 1), 1, ZEROS8, 1}, -ERR_DENIED},
    {"a token with a label of 4 GiB",
     {FRAME(34, WIRE_SNAPSHOT, 1), 1, ZEROS8, 1, SLOT(1), 0xff, 0xff, 0xff, 0xff},
     -ERR_DENIED},
    {"one token twice",
     {FRAME(89, WIRE_SNAPSHOT, 1), 1, ZEROS8, 1, SLOT(1), ZEROS8, TOKEN_END, 1, SLOT(1), ZEROS8,
      TOKEN_END},
     -ERR_BUG},
    {"an object without a handle",
     {FRAME(59, WIRE_SNAPSHOT, 1), 1, ZEROS8, 2, SLOT(1), ZEROS8, 0, ZEROS8, ZEROS8, 0, 0, 0, 0},
     -ERR_DENIED},
    {"an object",
     {FRAME(59, WIRE_SNAPSHOT, 1), 1, ZEROS8, 2, SLOT(1), SLOT(1), 0, ZEROS8, ZEROS8, 0, 0, 0, 0},
     0},
    {"an object with 65 attributes",
     {FRAME(59, WIRE_SNAPSHOT, 1), 1, ZEROS8, 2, SLOT(1), SLOT(1), 0, ZEROS8, ZEROS8, 0, 0, 0, 65},
     -ERR_DENIED},
    {"an object with four thousand million attributes",
     {FRAME(59, WIRE_SNAPSHOT, 1), 1, ZEROS8, 2, SLOT(1), SLOT(1), 0, ZEROS8, ZEROS8, 255, 255, 255,
      255},
     -ERR_DENIED},
    {"a key of neither device nor user",
     {FRAME(59, WIRE_SNAPSHOT, 1),
      1,
      ZEROS8,
      2,
      SLOT(1),
      SLOT(1),
      0,
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      0,
      ZEROS8,
      0,
      0,
      0,
      0},
     -ERR_DENIED},
    {"an error", {FRAME(20, WIRE_ERROR, 1), ERR_CONFIG, 0, 0, 0, 3, 'n', 'o', '!'}, -ERR_CONFIG},
    {"an error of no class", {FRAME(20, WIRE_ERROR, 1), 0, 0, 0, 0, 3, 'n', 'o', '!'}, -ERR_DENIED},
    {"an error of class 255",
     {FRAME(20, WIRE_ERROR, 1), 255, 0, 0, 0, 3, 'n', 'o', '!'},
     -ERR_DENIED},
    {"an error without its text", {FRAME(17, WIRE_ERROR, 1), 1, 0, 0, 0, 3}, -ERR_DENIED},
    {"an error with nothing", {FRAME(12, WIRE_ERROR, 1)}, -ERR_DENIED},
    {"not the last, and then silence", {FRAME(21, WIRE_SNAPSHOT, 1), 0, ZEROS8}, -ERR_RETRY},
};

START_TEST(answers_are_judged)
{
    autosnapshot *got = NULL;
    struct err err = {0};
    size_t len = answers[_i].bytes[3];
    ck_assert_int_eq(write(keyd.fd, answers[_i].bytes, len), (ssize_t)len);
    wire_close(&keyd);
    ck_assert_msg(wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err) == answers[_i].expected,
                  "%s: %d %s", answers[_i].what, err.class, err.text);
    bool refused = strcmp(answers[_i].what, "an error") == 0;
    ck_assert(ours.broken == (answers[_i].expected < 0 && !refused));
}
END_TEST

START_TEST(a_snapshot_that_does_not_end_is_ended)
{
    static const uint8_t frame[] = {FRAME(21, WIRE_SNAPSHOT, 1), 0, ZEROS8};
    autosnapshot *got = NULL;
    struct err err = {0};
    for (unsigned i = 0; i <= WIRE_SNAPSHOT_MAX; i++)
        ck_assert_int_eq(write(keyd.fd, frame, sizeof frame), sizeof frame);
    ck_assert_int_eq(wire_receive_snapshot(&ours, 1, PATIENCE, &got, &err), -ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "does not end"));
    ck_assert(ours.broken);
}
END_TEST

Suite *wire_snapshot_suite(void)
{
    Suite *suite = suite_create("pkcs11/wire_snapshot");
    TCase *tc = tcase_create("wire_snapshot");
    tcase_add_checked_fixture(tc, connect_both, wires_close);
    tcase_add_test(tc, a_snapshot_comes_back_with_its_descriptor);
    tcase_add_test(tc, an_empty_snapshot_has_no_descriptor);
    tcase_add_test(tc, many_objects_take_many_frames);
    tcase_add_test(tc, too_many_attributes_are_left_out);
    tcase_add_test(tc, torn_anywhere_it_is_no_snapshot);
    tcase_add_loop_test(tc, hostile_numbers_do_no_harm, 0, LENGTH(hostile));
    tcase_add_loop_test(tc, answers_are_judged, 0, LENGTH(answers));
    tcase_add_test(tc, a_snapshot_that_does_not_end_is_ended);
    suite_add_tcase(suite, tc);
    return suite;
}
