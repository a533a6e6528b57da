#include "pkcs11/wire.h"

#include "base/cleanup.h"
#include "base/io.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* What is read at once: an answer and its header come in one system call. */
#define WIRE_CHUNK 4096u

/* Room for the one descriptor that goes with a message. */
union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    if (wire->passed >= 0)
        close(wire->passed);
    buf_free(&wire->input);
    *wire = (struct wire){.fd = -1, .passed = -1, .takes_descriptor = wire->takes_descriptor};
}

int wire_break(struct wire *wire, struct err *err, const char *text)
{
    wire->broken = true;
    return err_set(err, ERR_DENIED, "%s", text);
}

/* Keeps the first descriptor, and only if one is awaited; the kernel drops what found no room. */
static void take_descriptor(struct wire *wire, struct msghdr *message)
{
    struct cmsghdr *header = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return;
    if (wire->passed >= 0)
        close(wire->passed);
    memcpy(&wire->passed, CMSG_DATA(header), sizeof wire->passed);
}

/* Appends what is there to the input, waiting until there is something; 0 at the end of the stream.
 */
static ssize_t fill(struct wire *wire, deadline until, struct err *err)
{
    int rc = buf_reserve(&wire->input, WIRE_CHUNK, err);
    if (rc < 0)
        return rc;
    for (;;) {
        union control control;
        struct iovec space = {wire->input.data + wire->input.len,
                              wire->input.size - wire->input.len - 1};
        struct msghdr message = {.msg_iov = &space, .msg_iovlen = 1};
        if (wire->takes_descriptor) {
            message.msg_control = &control;
            message.msg_controllen = CMSG_LEN(sizeof(int)); /* CMSG_SPACE has room for two */
        }
        ssize_t n = recvmsg(wire->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n >= 0) {
            take_descriptor(wire, &message);
            wire->input.len += (size_t)n;
            return n;
        }
        if (errno == EAGAIN)
            rc = io_wait(wire->fd, POLLIN, until, err);
        else if (errno != EINTR)
            rc = err_errno(err, "read");
        if (rc < 0)
            return rc;
    }
}

/* Wipes the frame that was handed out last, and moves what came behind it to the front. */
static void drop_last_frame(struct wire *wire)
{
    struct buf *in = &wire->input;
    if (wire->used == 0)
        return;
    memmove(in->data, in->data + wire->used, in->len - wire->used);
    explicit_bzero(in->data + in->len - wire->used, wire->used);
    in->len -= wire->used;
    wire->used = 0;
}

static uint32_t load_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return ntohl(value);
}

/* Looks at a header before anything is allocated for what it announces. */
static int check_header(const uint8_t *header, size_t *ret_length, struct err *err)
{
    uint32_t length = load_u32(header);
    if (length > WIRE_FRAME_MAX)
        return err_set(err, ERR_RESOURCE, "a frame of %u bytes, %u is the limit", length,
                       WIRE_FRAME_MAX);
    if (length < WIRE_HEADER || header[6] || header[7])
        return err_set(err, ERR_DENIED, "the peer sent what is no frame");
    if (header[4] != WIRE_VERSION)
        return err_set(
            err, ERR_CONFIG,
            "the peer speaks version %u of the protocol, this is version %d: restart both",
            header[4], WIRE_VERSION);
    if (header[5] < WIRE_SNAPSHOT || header[5] >= WIRE_OPS)
        return err_set(err, ERR_DENIED, "the peer sent the unknown operation %u", header[5]);
    *ret_length = length;
    return 0;
}

static int receive(struct wire *wire, deadline until, struct wire_frame *ret, struct err *err)
{
    const struct buf *in = &wire->input;
    size_t length = WIRE_HEADER;
    bool known = false;

    for (;;) {
        if (!known && in->len >= WIRE_HEADER) {
            int rc = check_header(in->data, &length, err);
            if (rc < 0)
                return rc;
            known = true;
        }
        if (known && in->len >= length)
            break;
        ssize_t n = fill(wire, until, err);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return in->len == 0 ? 0 : err_set(err, ERR_RETRY, "the peer stopped inside a frame");
    }
    wire->used = length;
    *ret = (struct wire_frame){.op = in->data[5],
                               .id = load_u32(in->data + 8),
                               .body = in->data + WIRE_HEADER,
                               .len = length - WIRE_HEADER};
    return 1;
}

int wire_receive(struct wire *wire, deadline until, struct wire_frame *ret, struct err *err)
{
    drop_last_frame(wire);
    int rc = receive(wire, until, ret, err);
    if (rc <= 0)
        wire->broken = true;
    return rc;
}

/* The first bytes, with a descriptor beside them; returns how many went. */
static ssize_t send_with_descriptor(struct wire *wire, const struct buf *frames, int pass,
                                    deadline until, struct err *err)
{
    union control control = {0};
    struct iovec data = {frames->data, frames->len};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof pass);
    memcpy(CMSG_DATA(header), &pass, sizeof pass);

    for (;;) {
        ssize_t n = sendmsg(wire->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            return n;
        int rc = 0;
        if (errno == EAGAIN)
            rc = io_wait(wire->fd, POLLOUT, until, err);
        else if (errno != EINTR)
            rc = err_errno(err, "write");
        if (rc < 0)
            return rc;
    }
}

int wire_send(struct wire *wire, const struct buf *frames, int pass, deadline until,
              struct err *err)
{
    ssize_t sent = pass < 0 ? 0 : send_with_descriptor(wire, frames, pass, until, err);
    int rc = sent < 0
                 ? (int)sent
                 : io_write(wire->fd, frames->data + sent, frames->len - (size_t)sent, until, err);
    if (rc < 0)
        wire->broken = true;
    return rc;
}

int wire_begin(struct buf *frames, enum wire_op op, uint32_t id, struct err *err)
{
    const uint8_t header[WIRE_HEADER - sizeof id] = {[4] = WIRE_VERSION, [5] = (uint8_t)op};
    int rc = buf_add(frames, header, sizeof header, err);
    return rc < 0 ? rc : wire_put_u32(frames, id, err);
}

int wire_end(struct buf *frames, size_t start, struct err *err)
{
    size_t length = frames->len - start;
    if (length > WIRE_FRAME_MAX)
        return err_set(err, ERR_RESOURCE, "a frame of %zu bytes, %u is the limit", length,
                       WIRE_FRAME_MAX);
    uint32_t value = htonl((uint32_t)length);
    memcpy(frames->data + start, &value, sizeof value);
    return 0;
}

int wire_put_u8(struct buf *frames, uint8_t value, struct err *err)
{
    return buf_add(frames, &value, sizeof value, err);
}

int wire_put_u32(struct buf *frames, uint32_t value, struct err *err)
{
    value = htonl(value);
    return buf_add(frames, &value, sizeof value, err);
}

int wire_put_u64(struct buf *frames, uint64_t value, struct err *err)
{
    value = htobe64(value);
    return buf_add(frames, &value, sizeof value, err);
}

int wire_put_bytes(struct buf *frames, const void *data, size_t len, struct err *err)
{
    if (len > WIRE_FRAME_MAX)
        return err_set(err, ERR_RESOURCE, "%zu bytes in one frame, %u is the limit", len,
                       WIRE_FRAME_MAX);
    int rc = wire_put_u32(frames, (uint32_t)len, err);
    return rc < 0 ? rc : buf_add(frames, data, len, err);
}

int wire_put_key(struct buf *frames, const struct key_ref *key, struct err *err)
{
    int rc = wire_put_u32(frames, key->device, err);
    if (rc == 0)
        rc = wire_put_u32(frames, key->uid, err);
    if (rc == 0)
        rc = wire_put_u32(frames, key->generation, err);
    return rc < 0 ? rc : wire_put_bytes(frames, key->profile, strlen(key->profile), err);
}

struct wire_reader wire_reader(const struct wire_frame *frame)
{
    return (struct wire_reader){.at = frame->body, .left = frame->len};
}

/* LEN bytes, or NULL once anything failed. */
static const uint8_t *take(struct wire_reader *reader, size_t len)
{
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += len;
    reader->left -= len;
    return at;
}

uint8_t wire_get_u8(struct wire_reader *reader)
{
    const uint8_t *at = take(reader, 1);
    return at ? *at : 0;
}

uint32_t wire_get_u32(struct wire_reader *reader)
{
    const uint8_t *at = take(reader, sizeof(uint32_t));
    return at ? load_u32(at) : 0;
}

uint64_t wire_get_u64(struct wire_reader *reader)
{
    uint64_t value = 0;
    const uint8_t *at = take(reader, sizeof value);
    if (at)
        memcpy(&value, at, sizeof value);
    return be64toh(value);
}

const uint8_t *wire_get_bytes(struct wire_reader *reader, size_t max, uint32_t *ret_len)
{
    static const uint8_t nothing[1];
    uint32_t len = wire_get_u32(reader);
    if (len > max)
        reader->failed = true;
    const uint8_t *at = take(reader, len);
    *ret_len = at ? len : 0;
    return at ? at : nothing;
}

void wire_get_text(struct wire_reader *reader, char *ret, size_t size)
{
    uint32_t len;
    const uint8_t *text = wire_get_bytes(reader, size - 1, &len);
    if (memchr(text, 0, len)) {
        reader->failed = true;
        len = 0;
    }
    memcpy(ret, text, len);
    ret[len] = 0;
}

void wire_get_key(struct wire_reader *reader, struct key_ref *ret)
{
    ret->device = wire_get_u32(reader);
    ret->uid = wire_get_u32(reader);
    ret->generation = wire_get_u32(reader);
    wire_get_text(reader, ret->profile, sizeof ret->profile);
    if (ret->device > 1)
        reader->failed = true;
}

int wire_get_end(const struct wire_reader *reader, const char *what, struct err *err)
{
    if (reader->failed || reader->left)
        return err_set(err, ERR_DENIED, "the peer sent a malformed %s", what);
    return 0;
}
