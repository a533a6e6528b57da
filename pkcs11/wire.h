/* What the module and keyd say to each other over a Unix stream socket.
 *
 *   frame    = u32 length (of the whole frame), u8 version, u8 op, u16 zero, u32 request id, body
 *   bytes    = u32 length, that many bytes;  all numbers in network order
 *   key      = u32 device, u32 uid, u32 generation, bytes profile
 *
 *   the module asks                       keyd answers
 *   SNAPSHOT  -                           SNAPSHOT  u8 last, u64 change, tokens and objects to the
 *                                                   end; any number of these; with the first, as
 *                                                   SCM_RIGHTS, a read-only descriptor of the
 *                                                   store's `changes`
 *   SIGN      key, u64 mechanism,         RESULT    the signature
 *   DECRYPT   u64 hash, u64 mgf,                    the plain text
 *             u32 salt length,
 *             bytes label, u64 total;
 *             then DATA frames,
 *             `total` bytes in all
 *                                         LOGIN     -: the key asks for a PIN; LOGIN comes first
 *   LOGIN     key (generation 0),         RESULT    u8 verdict: enum pin_verdict
 *             bytes PIN
 *   LOGOUT    key (generation 0)          RESULT    -
 *                                         ERROR     u8 class, bytes text: instead of any of these
 *
 *   token    = u8 1, u64 slot, bytes label, bytes serial, u8 login, key (generation 0)
 *   object   = u8 2, u64 slot, u64 handle, u8 retired, key, u32 n, n times (u64 type, bytes value)
 *
 * keyd reads all the data of an operation before it answers, even to refuse it, so that neither
 * side waits for the other for ever. Nothing is kept between two requests but what LOGIN has
 * opened, and that until LOGOUT or the end of the connection. Values of attributes are as in
 * memory: both ends live on one machine. */
#ifndef SIGNET_PKCS11_WIRE_H
#define SIGNET_PKCS11_WIRE_H

#include "base/buf.h"
#include "base/clock.h"
#include "pkcs11/backend.h"

#define WIRE_VERSION        2
#define WIRE_HEADER         12u
#define WIRE_FRAME_MAX      (64u * 1024)
#define WIRE_DATA_MAX       (BUF_MAX - 1) /* of one operation, all its frames together */
#define WIRE_LABEL_MAX      4096u         /* of OAEP */
#define WIRE_ATTRIBUTES_MAX 64u           /* of one object */
#define WIRE_SNAPSHOT_MAX   1024u         /* frames of one snapshot */

enum wire_op {
    WIRE_SNAPSHOT = 1,
    WIRE_SIGN,
    WIRE_DECRYPT,
    WIRE_LOGIN,
    WIRE_DATA,
    WIRE_RESULT,
    WIRE_ERROR,
    WIRE_LOGOUT,
    WIRE_OPS, /* how many, and one */
};

/* One end of a connection. Start with {.fd = FD, .passed = -1}. */
struct wire {
    int fd;
    bool takes_descriptor; /* the module; keyd never accepts one */
    int passed;            /* the descriptor that came last and that nobody has taken yet, or -1 */
    bool broken;           /* the stream is out of step or gone: close it */
    struct buf input;
    size_t used; /* bytes of input that the last frame handed out occupies */
};

/* Closes and wipes. */
void wire_close(struct wire *wire);

struct wire_frame {
    enum wire_op op;
    uint32_t id;
    const uint8_t *body; /* borrowed, until the next wire_receive() */
    size_t len;
};

/* The next frame: 1, or 0 when the peer has closed between two frames. RESOURCE for a length past
 * WIRE_FRAME_MAX (nothing is allocated for it), CONFIG for another version, DENIED for what is no
 * frame, RETRY at the deadline and for a torn frame; after any of these the connection is `broken`.
 */
int wire_receive(struct wire *wire, deadline until, struct wire_frame *ret, struct err *err);

/* Sends whole frames as wire_begin() and wire_end() made them; with PASS >= 0 a descriptor beside
 * the first. */
int wire_send(struct wire *wire, const struct buf *frames, int pass, deadline until,
              struct err *err);

/* Appends a header; wire_end() sets the length of the frame that began at START (frames->len
 * before). RESOURCE when it is larger than a frame may be. */
int wire_begin(struct buf *frames, enum wire_op op, uint32_t id, struct err *err);
int wire_end(struct buf *frames, size_t start, struct err *err);

int wire_put_u8(struct buf *frames, uint8_t value, struct err *err);
int wire_put_u32(struct buf *frames, uint32_t value, struct err *err);
int wire_put_u64(struct buf *frames, uint64_t value, struct err *err);
int wire_put_bytes(struct buf *frames, const void *data, size_t len, struct err *err);
int wire_put_key(struct buf *frames, const struct key_ref *key, struct err *err);

/* A bounded reader. Once anything did not fit, everything reads as zero and empty: look at the end.
 */
struct wire_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

struct wire_reader wire_reader(const struct wire_frame *frame);
uint8_t wire_get_u8(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
uint64_t wire_get_u64(struct wire_reader *reader);
/* Borrowed from the frame. More than MAX bytes is a failure. */
const uint8_t *wire_get_bytes(struct wire_reader *reader, size_t max, uint32_t *ret_len);
/* As a C string into RET, which holds SIZE bytes; a zero byte inside is a failure. */
void wire_get_text(struct wire_reader *reader, char *ret, size_t size);
void wire_get_key(struct wire_reader *reader, struct key_ref *ret);
/* Was all of it there, and nothing more? DENIED "a malformed WHAT". */
int wire_get_end(const struct wire_reader *reader, const char *what, struct err *err);

/* --- snapshots (wire_snapshot.c) --- */

/* Asks. */
int wire_send_snapshot_request(struct wire *wire, uint32_t id, deadline until, struct err *err);

/* Answers, with snapshot->changes (unless -1) passed along. An object that no frame can hold is
 * left out. */
int wire_send_snapshot(struct wire *wire, uint32_t id, const struct snapshot *snapshot,
                       deadline until, struct err *err);

/* Takes the answer to request ID; the descriptor becomes ret->changes. An ERROR answer comes back
 * as the error it carries, and the connection is still good. */
int wire_receive_snapshot(struct wire *wire, uint32_t id, deadline until, struct snapshot **ret,
                          struct err *err);

/* --- operations (wire_operation.c) --- */

/* OP is WIRE_SIGN or WIRE_DECRYPT. */
int wire_send_operation(struct wire *wire, enum wire_op op, uint32_t id,
                        const struct key_operation *operation, const struct buf *data,
                        deadline until, struct err *err);

/* FRAME was received and is WIRE_SIGN or WIRE_DECRYPT: reads it and the DATA frames behind it.
 * buf_free() ret->label and RET_DATA. */
int wire_receive_operation(struct wire *wire, const struct wire_frame *frame, deadline until,
                           struct key_operation *ret, struct buf *ret_data, struct err *err);

/* At most WIRE_FRAME_MAX - WIRE_HEADER bytes. */
int wire_send_result(struct wire *wire, uint32_t id, const struct buf *result, deadline until,
                     struct err *err);
int wire_send_error(struct wire *wire, uint32_t id, const struct err *what, deadline until,
                    struct err *err);

/* Takes the answer to request ID: 0, or BACKEND_LOGIN. As wire_receive_snapshot() for an ERROR
 * answer. */
int wire_receive_result(struct wire *wire, uint32_t id, deadline until, struct buf *ret,
                        struct err *err);

/* --- PINs (wire_login.c) --- */

int wire_send_login(struct wire *wire, uint32_t id, const struct key_ref *token,
                    const struct buf *pin, deadline until, struct err *err);
int wire_send_logout(struct wire *wire, uint32_t id, const struct key_ref *token, deadline until,
                     struct err *err);

/* FRAME was received and is WIRE_LOGIN (else WIRE_LOGOUT, which has no PIN): reads it, and wipes
 * it. */
int wire_receive_login(struct wire *wire, const struct wire_frame *frame, struct key_ref *ret,
                       struct buf *ret_pin, struct err *err);

/* Instead of the result of an operation. */
int wire_send_login_first(struct wire *wire, uint32_t id, deadline until, struct err *err);

int wire_send_verdict(struct wire *wire, uint32_t id, enum pin_verdict verdict, deadline until,
                      struct err *err);
int wire_receive_verdict(struct wire *wire, uint32_t id, deadline until, enum pin_verdict *ret,
                         struct err *err);

/* For the functions above: the next frame, which must be OP or ERROR and answer request ID; in
 * place of a RESULT also LOGIN. */
int wire_receive_answer(struct wire *wire, enum wire_op op, uint32_t id, deadline until,
                        struct wire_frame *ret, struct err *err);

/* Marks the connection as out of step, and fills ERR with DENIED and TEXT. */
int wire_break(struct wire *wire, struct err *err, const char *text);

#endif
