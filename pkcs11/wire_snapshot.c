#include "pkcs11/snapshot.h"
#include "pkcs11/wire.h"

#include <string.h>

/* Items of a frame. */
enum { ITEM_TOKEN = 1, ITEM_OBJECT = 2 };

/* A frame's last flag stands first behind the header; then comes `change`, then the items. */
#define LAST_AT  WIRE_HEADER
#define ITEMS_AT (WIRE_HEADER + sizeof(uint8_t) + sizeof(uint64_t))

int wire_send_snapshot_request(struct wire *wire, uint32_t id, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = wire_begin(&frame, WIRE_SNAPSHOT, id, err);
    if (rc == 0)
        rc = wire_end(&frame, 0, err);
    return rc < 0 ? rc : wire_send(wire, &frame, -1, until, err);
}

static int put_token(struct buf *item, const struct token *token, struct err *err)
{
    int rc = wire_put_u8(item, ITEM_TOKEN, err);
    if (rc == 0)
        rc = wire_put_u64(item, token->slot, err);
    if (rc == 0)
        rc = wire_put_bytes(item, token->label, strlen(token->label), err);
    if (rc == 0)
        rc = wire_put_bytes(item, token->serial, strlen(token->serial), err);
    if (rc == 0)
        rc = wire_put_u8(item, token->login, err);
    return rc < 0 ? rc : wire_put_key(item, &token->ref, err);
}

static int put_object(struct buf *item, const struct object *object, struct err *err)
{
    int rc = wire_put_u8(item, ITEM_OBJECT, err);
    if (rc == 0)
        rc = wire_put_u64(item, object->slot, err);
    if (rc == 0)
        rc = wire_put_u64(item, object->handle, err);
    if (rc == 0)
        rc = wire_put_u8(item, object->retired, err);
    if (rc == 0)
        rc = wire_put_key(item, &object->ref, err);
    if (rc == 0)
        rc = wire_put_u32(item, object->n_attributes, err);
    for (uint32_t i = 0; rc == 0 && i < object->n_attributes; i++) {
        rc = wire_put_u64(item, object->attributes[i].type, err);
        if (rc == 0)
            rc = wire_put_bytes(item, object->attributes[i].value, object->attributes[i].len, err);
    }
    return rc;
}

static bool object_fits(const struct object *object)
{
    size_t len = ITEMS_AT + 1 + 8 + 8 + 1 + 16 + sizeof object->ref.profile + 4;
    if (object->n_attributes > WIRE_ATTRIBUTES_MAX)
        return false;
    for (uint32_t i = 0; i < object->n_attributes; i++) {
        if (object->attributes[i].len > WIRE_FRAME_MAX)
            return false;
        len += 8 + 4 + object->attributes[i].len;
    }
    return len <= WIRE_FRAME_MAX;
}

/* An answer on its way out: the frame being filled, and what every frame of it needs. */
struct answer {
    struct wire *wire;
    uint32_t id;
    const struct snapshot *snapshot;
    deadline until;
    int pass; /* the descriptor, until the first frame took it along */
    struct buf frame;
};

static void answer_end(struct answer *answer)
{
    buf_free(&answer->frame);
}

static int answer_begin(struct answer *answer, struct err *err)
{
    buf_clear(&answer->frame);
    int rc = wire_begin(&answer->frame, WIRE_SNAPSHOT, answer->id, err);
    if (rc == 0)
        rc = wire_put_u8(&answer->frame, 0, err);
    return rc < 0 ? rc : wire_put_u64(&answer->frame, answer->snapshot->change, err);
}

static int answer_send(struct answer *answer, bool last, struct err *err)
{
    answer->frame.data[LAST_AT] = last;
    int rc = wire_end(&answer->frame, 0, err);
    if (rc == 0)
        rc = wire_send(answer->wire, &answer->frame, answer->pass, answer->until, err);
    answer->pass = -1;
    return rc;
}

static int answer_add(struct answer *answer, const struct buf *item, struct err *err)
{
    if (answer->frame.len + item->len > WIRE_FRAME_MAX) {
        int rc = answer_send(answer, false, err);
        if (rc == 0)
            rc = answer_begin(answer, err);
        if (rc < 0)
            return rc;
    }
    return buf_add(&answer->frame, item->data, item->len, err);
}

int wire_send_snapshot(struct wire *wire, uint32_t id, const struct snapshot *snapshot,
                       deadline until, struct err *err)
{
    CLEANUP(answer_end)
    struct answer answer = {wire, id, snapshot, until, snapshot->changes, {0}};
    autobuf item = {0};
    int rc = answer_begin(&answer, err);

    for (uint32_t i = 0; rc == 0 && i < snapshot->n_tokens; i++) {
        buf_clear(&item);
        rc = put_token(&item, &snapshot->tokens[i], err);
        if (rc == 0)
            rc = answer_add(&answer, &item, err);
    }
    for (uint32_t i = 0; rc == 0 && i < snapshot->n_objects; i++) {
        if (!object_fits(&snapshot->objects[i]))
            continue;
        buf_clear(&item);
        rc = put_object(&item, &snapshot->objects[i], err);
        if (rc == 0)
            rc = answer_add(&answer, &item, err);
    }
    return rc < 0 ? rc : answer_send(&answer, true, err);
}

static int get_token(struct wire_reader *reader, struct snapshot *snapshot, struct err *err)
{
    struct token token = {.slot = wire_get_u64(reader)};
    wire_get_text(reader, token.label, sizeof token.label);
    wire_get_text(reader, token.serial, sizeof token.serial);
    token.login = wire_get_u8(reader);
    wire_get_key(reader, &token.ref);
    return reader->failed ? 0 : snapshot_add_token(snapshot, &token, err);
}

static int get_object(struct wire_reader *reader, struct snapshot *snapshot, struct err *err)
{
    struct object_attribute attributes[WIRE_ATTRIBUTES_MAX];
    struct object object = {.attributes = attributes};
    object.slot = wire_get_u64(reader);
    object.handle = wire_get_u64(reader);
    object.retired = wire_get_u8(reader);
    wire_get_key(reader, &object.ref);
    object.n_attributes = wire_get_u32(reader);
    if (object.handle == CK_INVALID_HANDLE || object.n_attributes > WIRE_ATTRIBUTES_MAX)
        reader->failed = true;
    for (uint32_t i = 0; !reader->failed && i < object.n_attributes; i++) {
        attributes[i].type = wire_get_u64(reader);
        attributes[i].value = wire_get_bytes(reader, WIRE_FRAME_MAX, &attributes[i].len);
    }
    return reader->failed ? 0 : snapshot_add_object(snapshot, &object, err);
}

/* One frame's items into the snapshot. */
static int read_frame(const struct wire_frame *frame, struct snapshot *snapshot, bool *ret_last,
                      struct err *err)
{
    struct wire_reader reader = wire_reader(frame);
    *ret_last = wire_get_u8(&reader);
    snapshot->change = wire_get_u64(&reader);

    int rc = 0;
    while (rc == 0 && reader.left && !reader.failed) {
        uint8_t item = wire_get_u8(&reader);
        if (item == ITEM_TOKEN)
            rc = get_token(&reader, snapshot, err);
        else if (item == ITEM_OBJECT)
            rc = get_object(&reader, snapshot, err);
        else
            reader.failed = true;
    }
    return rc < 0 ? rc : wire_get_end(&reader, "snapshot", err);
}

int wire_receive_snapshot(struct wire *wire, uint32_t id, deadline until, struct snapshot **ret,
                          struct err *err)
{
    autosnapshot *snapshot = NULL;
    int rc = snapshot_new(&snapshot, err);
    bool last = false;

    for (unsigned i = 0; rc == 0 && !last; i++) {
        struct wire_frame frame;
        if (i == WIRE_SNAPSHOT_MAX)
            return wire_break(wire, err, "the peer's snapshot does not end");
        rc = wire_receive_answer(wire, WIRE_SNAPSHOT, id, until, &frame, err);
        if (rc < 0)
            return rc;
        rc = read_frame(&frame, snapshot, &last, err);
    }
    if (rc < 0) {
        wire->broken = true;
        return rc;
    }
    snapshot->changes = steal_fd(&wire->passed);
    *ret = steal(&snapshot);
    return 0;
}
