/* What the PKCS#11 core asks of the world: a snapshot of tokens and objects, whether it has aged,
 * and operations with a private key. Two implementations: backend_socket (the module: talks to
 * keyd, libc only) and backend_store (OpenSSL over a store: what keyd serves, and what tests load
 * in-process). */
#ifndef SIGNET_PKCS11_BACKEND_H
#define SIGNET_PKCS11_BACKEND_H

#include "base/pin.h"

#include <p11-kit/pkcs11.h>

#include <sys/types.h>

/* One key of one generation. The same on both sides of the wire and after a restart of keyd. */
struct key_ref {
    uint32_t device; /* 1: the machine's; 0: uid's */
    uint32_t uid;
    uint32_t generation;
    char profile[33];
};

/* A key that asks for a PIN stands on a token of its own. */
struct token {
    CK_SLOT_ID slot;    /* 1: the device; 2 + uid: a user's; far above: a key's own */
    char label[33];     /* "signet device", "signet user", the profile's name: the same for ever */
    char serial[17];    /* "device", the uid in decimal, 16 hex digits: the same for ever */
    bool login;         /* C_Login has to come first */
    struct key_ref ref; /* with `login`: whose it is; no generation */
};

struct object_attribute {
    CK_ATTRIBUTE_TYPE type;
    uint32_t len;
    const uint8_t *value; /* booleans one byte, numbers as CK_ULONG in host order */
};

struct object {
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE handle; /* stable for an object across snapshots, see backend_store */
    struct key_ref ref;      /* of private keys */
    bool retired;            /* of the generation before: usable by handle, not found by search */
    const struct object_attribute *attributes; /* in a snapshot: one block, the values behind it */
    uint32_t n_attributes;
};

/* Immutable once made (snapshot.h says how). The previous generation's private key is in it, marked
 * as not to be found (`retired`), so that handles given out before a renewal go on signing. */
struct snapshot {
    struct token *tokens;
    uint32_t n_tokens;
    struct object *objects;
    uint32_t n_objects;
    uint64_t change; /* the store's counter, read before anything else was */
    int changes;     /* the store's `changes`, read-only; owned; -1: none, so it counts as aged */
    /* When not 0: close `changes` only while it still is this file. An application that closes
     * every descriptor and opens its own must not lose one of them to us. */
    ino_t changes_inode;
};

void snapshot_free(struct snapshot *snapshot);

struct key_operation {
    struct key_ref ref;
    CK_MECHANISM_TYPE mechanism;
    /* RSA-PSS and OAEP parameters, zero elsewhere */
    CK_MECHANISM_TYPE hash;
    CK_RSA_PKCS_MGF_TYPE mgf;
    uint32_t salt_len;
    struct buf label; /* OAEP */
};

/* The core makes one call at a time, except `changed`, which may come at any moment and must not
 * touch what the other calls change.
 *
 * What the class of an error of sign and decrypt means to an application: DENIED: this process may
 * not use the key; CONFIG: the data or the parameters do not fit key and mechanism; RESOURCE:
 * memory; the rest: the device failed. Both return BACKEND_LOGIN when the key asks for a PIN and
 * is not open. */
enum { BACKEND_LOGIN = 1 };

struct backend {
    /* All objects this process may see. */
    int (*snapshot)(struct backend *backend, struct snapshot **ret, struct err *err);
    /* Has the store changed since SNAPSHOT was taken? No round trip. True when in doubt. */
    bool (*changed)(struct backend *backend, const struct snapshot *snapshot);
    /* Signatures as in PKCS#11: RSA as long as the modulus, ECDSA r and s side by side, each as
     * long as the order. Mechanisms that hash get the whole message. */
    int (*sign)(struct backend *backend, const struct key_operation *operation,
                const struct buf *data, struct buf *ret_signature, struct err *err);
    int (*decrypt)(struct backend *backend, const struct key_operation *operation,
                   const struct buf *data, struct buf *ret_plain, struct err *err);
    /* Opens the newest key of the token with TOKEN's `ref` for this process, until logout() or the
     * end of the connection. PIN is tried once at most. Fails for what has nothing to do with the
     * PIN. logout() of what is not open does nothing. */
    int (*login)(struct backend *backend, const struct key_ref *token, const struct buf *pin,
                 enum pin_verdict *ret, struct err *err);
    int (*logout)(struct backend *backend, const struct key_ref *token, struct err *err);
    /* In a forked child: drop what the parent shares, without a word to the other end. */
    void (*abandon)(struct backend *backend);
    /* Frees the backend. */
    void (*close)(struct backend *backend);
};

#endif
