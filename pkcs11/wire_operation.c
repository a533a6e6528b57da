#include "pkcs11/wire.h"

#include <string.h>

/* The longest data, or result, that one frame takes. */
#define PART_MAX (WIRE_FRAME_MAX - WIRE_HEADER)

static int put_operation(struct buf *frames, enum wire_op op, uint32_t id,
                         const struct key_operation *operation, size_t total, struct err *err)
{
    int rc = wire_begin(frames, op, id, err);
    if (rc == 0)
        rc = wire_put_key(frames, &operation->ref, err);
    if (rc == 0)
        rc = wire_put_u64(frames, operation->mechanism, err);
    if (rc == 0)
        rc = wire_put_u64(frames, operation->hash, err);
    if (rc == 0)
        rc = wire_put_u64(frames, operation->mgf, err);
    if (rc == 0)
        rc = wire_put_u32(frames, operation->salt_len, err);
    if (rc == 0)
        rc = wire_put_bytes(frames, operation->label.data, operation->label.len, err);
    if (rc == 0)
        rc = wire_put_u64(frames, total, err);
    return rc < 0 ? rc : wire_end(frames, 0, err);
}

static int put_frame(struct buf *frames, enum wire_op op, uint32_t id, const uint8_t *data,
                     size_t len, struct err *err)
{
    size_t start = frames->len;
    int rc = wire_begin(frames, op, id, err);
    if (rc == 0)
        rc = buf_add(frames, data, len, err);
    return rc < 0 ? rc : wire_end(frames, start, err);
}

int wire_send_operation(struct wire *wire, enum wire_op op, uint32_t id,
                        const struct key_operation *operation, const struct buf *data,
                        deadline until, struct err *err)
{
    autobuf frames = {0};
    int rc = put_operation(&frames, op, id, operation, data->len, err);

    /* The header goes with the first part: what is signed in a handshake takes one system call. */
    for (size_t sent = 0; rc == 0 && (sent < data->len || sent == 0);) {
        size_t part = data->len - sent < PART_MAX ? data->len - sent : PART_MAX;
        if (part)
            rc = put_frame(&frames, WIRE_DATA, id, data->data + sent, part, err);
        if (rc == 0)
            rc = wire_send(wire, &frames, -1, until, err);
        if (part == 0)
            break;
        buf_clear(&frames);
        sent += part;
    }
    return rc;
}

static int read_operation(const struct wire_frame *frame, struct key_operation *ret,
                          uint64_t *ret_total, struct err *err)
{
    struct wire_reader reader = wire_reader(frame);
    uint32_t label_len;
    wire_get_key(&reader, &ret->ref);
    ret->mechanism = wire_get_u64(&reader);
    ret->hash = wire_get_u64(&reader);
    ret->mgf = wire_get_u64(&reader);
    ret->salt_len = wire_get_u32(&reader);
    const uint8_t *label = wire_get_bytes(&reader, WIRE_LABEL_MAX, &label_len);
    *ret_total = wire_get_u64(&reader);

    int rc = wire_get_end(&reader, "operation", err);
    if (rc == 0 && *ret_total > WIRE_DATA_MAX)
        rc = err_set(err, ERR_RESOURCE, "%lu bytes to sign, %u is the limit",
                     (unsigned long)*ret_total, WIRE_DATA_MAX);
    return rc < 0 || label_len == 0 ? rc : buf_add(&ret->label, label, label_len, err);
}

/* Where one has to come. */
static int receive_frame(struct wire *wire, deadline until, struct wire_frame *ret, struct err *err)
{
    int rc = wire_receive(wire, until, ret, err);
    return rc == 0 ? err_set(err, ERR_RETRY, "the peer closed the connection") : rc;
}

/* Nothing is allocated for data that was only announced. */
static int receive_data(struct wire *wire, uint32_t id, uint64_t total, deadline until,
                        struct buf *data, struct err *err)
{
    while (data->len < total) {
        struct wire_frame frame;
        int rc = receive_frame(wire, until, &frame, err);
        if (rc < 0)
            return rc;
        if (frame.op != WIRE_DATA || frame.id != id || frame.len == 0 ||
            frame.len > total - data->len)
            return err_set(err, ERR_DENIED,
                           "the peer sent something else than the data it announced");
        rc = buf_add(data, frame.body, frame.len, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void operation_free(struct key_operation *operation)
{
    buf_free(&operation->label);
}

int wire_receive_operation(struct wire *wire, const struct wire_frame *frame, deadline until,
                           struct key_operation *ret, struct buf *ret_data, struct err *err)
{
    CLEANUP(operation_free) struct key_operation operation = {0};
    autobuf data = {0};
    uint32_t id = frame->id;
    uint64_t total;

    int rc = read_operation(frame, &operation, &total, err);
    if (rc == 0)
        rc = receive_data(wire, id, total, until, &data, err);
    if (rc < 0) {
        wire->broken = true;
        return rc;
    }
    *ret = operation;
    operation = (struct key_operation){0};
    buf_free(ret_data);
    *ret_data = data;
    data = (struct buf){0};
    return 0;
}

int wire_send_result(struct wire *wire, uint32_t id, const struct buf *result, deadline until,
                     struct err *err)
{
    autobuf frames = {0};
    int rc = put_frame(&frames, WIRE_RESULT, id, result->data, result->len, err);
    return rc < 0 ? rc : wire_send(wire, &frames, -1, until, err);
}

int wire_send_error(struct wire *wire, uint32_t id, const struct err *what, deadline until,
                    struct err *err)
{
    autobuf frames = {0};
    int rc = wire_begin(&frames, WIRE_ERROR, id, err);
    if (rc == 0)
        rc = wire_put_u8(&frames, (uint8_t)what->class, err);
    if (rc == 0)
        rc = wire_put_bytes(&frames, what->text, strnlen(what->text, sizeof what->text), err);
    if (rc == 0)
        rc = wire_end(&frames, 0, err);
    return rc < 0 ? rc : wire_send(wire, &frames, -1, until, err);
}

/* Always negative: what the ERROR frame says, or that it says nothing sensible. */
static int read_error(struct wire *wire, const struct wire_frame *frame, struct err *err)
{
    struct wire_reader reader = wire_reader(frame);
    char text[ERR_TEXT_MAX];
    enum err_class class = wire_get_u8(&reader);
    wire_get_text(&reader, text, sizeof text);
    if (wire_get_end(&reader, "error", err) < 0 || !err_class_name(class))
        return wire_break(wire, err, "the peer sent a malformed error");
    return err_set(err, class, "%s", text);
}

int wire_receive_answer(struct wire *wire, enum wire_op op, uint32_t id, deadline until,
                        struct wire_frame *ret, struct err *err)
{
    struct wire_frame frame;
    int rc = receive_frame(wire, until, &frame, err);
    if (rc < 0)
        return rc;
    bool is_login = op == WIRE_RESULT && frame.op == WIRE_LOGIN && frame.len == 0;
    if (frame.id != id || (frame.op != op && frame.op != WIRE_ERROR && !is_login))
        return wire_break(wire, err, "the peer answered something that was not asked");
    if (frame.op == WIRE_ERROR)
        return read_error(wire, &frame, err);
    *ret = frame;
    return 0;
}

int wire_receive_result(struct wire *wire, uint32_t id, deadline until, struct buf *ret,
                        struct err *err)
{
    struct wire_frame frame;
    autobuf result = {0};
    int rc = wire_receive_answer(wire, WIRE_RESULT, id, until, &frame, err);
    if (rc == 0 && frame.op == WIRE_LOGIN)
        return BACKEND_LOGIN;
    if (rc == 0)
        rc = buf_add(&result, frame.body, frame.len, err);
    if (rc < 0)
        return rc;
    buf_free(ret);
    *ret = result;
    result = (struct buf){0};
    return 0;
}
