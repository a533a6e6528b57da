#include "pkcs11/wire.h"

#include <string.h>

static int send_frame(struct wire *wire, enum wire_op op, uint32_t id, const struct key_ref *token,
                      const struct buf *pin, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = wire_begin(&frame, op, id, err);
    if (rc == 0 && token)
        rc = wire_put_key(&frame, token, err);
    if (rc == 0 && pin)
        rc = wire_put_bytes(&frame, pin->data, pin->len, err);
    if (rc == 0)
        rc = wire_end(&frame, 0, err);
    return rc < 0 ? rc : wire_send(wire, &frame, -1, until, err);
}

int wire_send_login(struct wire *wire, uint32_t id, const struct key_ref *token,
                    const struct buf *pin, deadline until, struct err *err)
{
    return send_frame(wire, WIRE_LOGIN, id, token, pin, until, err);
}

int wire_send_logout(struct wire *wire, uint32_t id, const struct key_ref *token, deadline until,
                     struct err *err)
{
    return send_frame(wire, WIRE_LOGOUT, id, token, NULL, until, err);
}

int wire_send_login_first(struct wire *wire, uint32_t id, deadline until, struct err *err)
{
    return send_frame(wire, WIRE_LOGIN, id, NULL, NULL, until, err);
}

int wire_receive_login(struct wire *wire, const struct wire_frame *frame, struct key_ref *ret,
                       struct buf *ret_pin, struct err *err)
{
    struct wire_reader reader = wire_reader(frame);
    struct key_ref token = {0};
    autobuf pin = {0};
    uint32_t len = 0;
    wire_get_key(&reader, &token);
    const uint8_t *data =
        frame->op == WIRE_LOGIN ? wire_get_bytes(&reader, WIRE_FRAME_MAX, &len) : NULL;
    int rc = wire_get_end(&reader, "login", err);
    if (rc == 0 && len)
        rc = buf_add(&pin, data, len, err);
    /* The frame is the connection's memory until the next one comes, which may be never. */
    explicit_bzero((uint8_t *)(uintptr_t)frame->body, frame->len);
    if (rc < 0) {
        wire->broken = true;
        return rc;
    }
    *ret = token;
    buf_free(ret_pin);
    *ret_pin = pin;
    pin = (struct buf){0};
    return 0;
}

int wire_send_verdict(struct wire *wire, uint32_t id, enum pin_verdict verdict, deadline until,
                      struct err *err)
{
    uint8_t byte = (uint8_t)verdict;
    const struct buf result = {.data = &byte, .len = sizeof byte};
    return wire_send_result(wire, id, &result, until, err);
}

int wire_receive_verdict(struct wire *wire, uint32_t id, deadline until, enum pin_verdict *ret,
                         struct err *err)
{
    autobuf result = {0};
    int rc = wire_receive_result(wire, id, until, &result, err);
    if (rc < 0)
        return rc;
    if (rc > 0 || result.len != 1 || result.data[0] == 0 || result.data[0] >= PIN_VERDICTS)
        return wire_break(wire, err, "the peer sent a verdict that is none");
    *ret = (enum pin_verdict)result.data[0];
    return 0;
}
