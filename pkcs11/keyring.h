/* The private keys that one connection has used, each with the leave to use it. */
#ifndef SIGNET_PKCS11_KEYRING_H
#define SIGNET_PKCS11_KEYRING_H

#include "pkcs11/peer.h"
#include "pkcs11/sign_store.h"

#define KEYRING_MAX        16
#define KEYRING_LOGINS_MAX 8 /* of these, keys that a PIN has opened: those stay */

struct keyring_key {
    struct key_ref ref;
    struct sign_key key;
    uint8_t fingerprint[32]; /* of its certificate: an entry removed and made anew has another */
    uint64_t change;         /* the store's counter when leave was given */
    uint64_t used;
    bool opened; /* with a PIN */
};

/* Zeroed is empty. */
struct keyring {
    struct keyring_key keys[KEYRING_MAX];
    uint64_t uses;
    /* What must not be tried again: a hash of the last wrong PIN and of the certificate of its key.
     * A client that has a wrong one in its configuration costs the TPM one try. */
    uint8_t wrong[32];
    bool has_wrong;
};

/* What is decided from. */
struct keyring_place {
    const struct store *store;
    struct peer *peer;
    uint64_t change; /* the store's counter */
};

void keyring_free(struct keyring *keyring);

/* The key that REF names, if the peer may use it (peer_may_use()), and the generation is the
 * current one or the one before. Decided from the store, never from what the peer says, and anew
 * whenever the store's counter is not the CHANGE of the last decision. Borrowed until the next
 * call. DENIED for what is not the peer's, whether it exists or not. BACKEND_LOGIN: keyring_login()
 * comes first.
 */
int keyring_get(struct keyring *keyring, const struct keyring_place *place,
                const struct key_ref *ref, struct sign_key **ret, struct err *err);

/* struct backend: login(), with the same leave as keyring_get(). RESOURCE past KEYRING_LOGINS_MAX.
 */
int keyring_login(struct keyring *keyring, const struct keyring_place *place,
                  const struct key_ref *token, const struct buf *pin, enum pin_verdict *ret,
                  struct err *err);

/* Has a PIN opened this key, which keyring_get() gave? */
bool keyring_is_opened(const struct keyring *keyring, const struct sign_key *key);

/* Closes every key of the token that a PIN has opened. */
void keyring_logout(struct keyring *keyring, const struct key_ref *token);

#endif
