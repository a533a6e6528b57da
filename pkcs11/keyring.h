/* The private keys that one connection has used, each with the leave to use it. */
#ifndef SIGNET_PKCS11_KEYRING_H
#define SIGNET_PKCS11_KEYRING_H

#include "pkcs11/peer.h"
#include "pkcs11/sign_store.h"

#define KEYRING_MAX 16

struct keyring_key {
    struct key_ref ref;
    struct sign_key key;
    uint8_t fingerprint[32]; /* of its certificate: an entry removed and made anew has another */
    uint64_t change;         /* the store's counter when leave was given */
    uint64_t used;
};

/* Zeroed is empty. */
struct keyring {
    struct keyring_key keys[KEYRING_MAX];
    uint64_t uses;
};

void keyring_free(struct keyring *keyring);

/* The key that REF names, if PEER may use it (peer_may_use()), and
 * the generation is the current one or the one before. Decided from the store, never from what the
 * peer says, and anew whenever the store's counter is not the CHANGE of the last decision. Borrowed
 * until the next call. DENIED for what is not the peer's, whether it exists or not. */
int keyring_get(struct keyring *keyring, const struct store *store, struct peer *peer,
                uint64_t change, const struct key_ref *ref, struct sign_key **ret, struct err *err);

#endif
